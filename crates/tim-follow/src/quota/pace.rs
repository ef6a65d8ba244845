//! How fast calls may go, and how that gives way when the service complains: for the lane of a process and for the script
//! on Redis alike.

use std::time::Duration;

/// A second and a margin: for the script on Redis, the jitter that a network may add without two seconds' calls meeting in
/// one; for the lane of a process, by how much the smallest round trip seen may exceed the smallest possible one.
pub(super) const WINDOW: Duration = Duration::from_millis(1009);
/// The longest time for which a call holds a slot of a lane without a response. The service gives up after 3 s. After that
/// the call counts as one that ended without a response, so that calls which are never reported do not use up all slots.
pub(super) const MAX_HOLD: Duration = Duration::from_secs(3);
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
