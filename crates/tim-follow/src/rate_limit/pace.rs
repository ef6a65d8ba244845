//! How fast calls may go, and how that gives way when the service complains: for the lane of a process and for the script
//! on Redis alike.

use std::time::Duration;

/// A second and a margin: for the script on Redis, the jitter that a network may add without two seconds' calls meeting in
/// one; for the lane of a process, by how much the smallest round trip seen may exceed the smallest possible one.
pub(super) const WINDOW: Duration = Duration::from_millis(1009);
/// The longest time for which a call holds a slot of a lane without a report of its end; after that it counts as ended
/// without a response. It is three times the default time limit of an attempt, so that calls keep their slots while they
/// are in flight. It is shorter than the default deadline of a call, so that calls that nobody polls or reports do not
/// make all others fail.
pub(super) const MAX_HOLD: Duration = Duration::from_secs(15);
/// How often a waiter looks again while all slots are held by calls that have been in flight for about a window.
pub(super) const RECHECK: Duration = Duration::from_millis(20);
/// A complaint within this time of another one is the same event: many calls were refused together.
pub(super) const CUT_PAUSE: Duration = Duration::from_secs(1);
/// A complaint within this time of another one tells of other senders; one alone is a hiccup of the network.
pub(super) const CUT_MEMORY: Duration = Duration::from_secs(5);
/// The part of the pace that a complaint alone takes away: a twentieth.
pub(super) const FIRST_CUT: u32 = 20;
/// The part that a further one takes: a fifth.
pub(super) const FURTHER_CUT: u32 = 5;
/// The part of the limit that comes back each second: a twentieth.
pub(super) const REGAINED: u32 = 20;
