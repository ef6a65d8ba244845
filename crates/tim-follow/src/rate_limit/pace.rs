//! How fast calls are sent, and how much slower after throttling. Both the sliding window of a
//! process and the script on Redis use these numbers.

use std::time::Duration;

/// One second and a margin: how much the smallest round trip that was seen may exceed the smallest
/// possible one.
pub(super) const WINDOW: Duration = Duration::from_millis(1009);
/// The window that processes share through Redis. Its margin is larger: it absorbs jitter of the
/// network and stalls of a process, which move calls of two windows into the same second.
#[cfg(feature = "redis")]
pub(super) const SHARED_WINDOW: Duration = Duration::from_millis(1020);
/// The longest time for which a call holds a slot without a report of its end; after that it counts
/// as ended without a response. It is three times the default time limit of an attempt, so that
/// calls keep their slots while they are in flight. It is shorter than the default deadline of a
/// call, so that calls that nobody polls or reports do not make all others fail.
pub(super) const MAX_HOLD: Duration = Duration::from_secs(15);
/// How often a waiter tries again while all slots are held by calls that have been in flight for
/// about a window.
pub(super) const RECHECK: Duration = Duration::from_millis(20);
/// Throttling within this time of an earlier one is the same event: many calls were rejected
/// together.
pub(super) const CUT_PAUSE: Duration = Duration::from_secs(1);
/// Throttling within this time of an earlier one means that there are other senders. A single one
/// can be due to jitter.
pub(super) const CUT_MEMORY: Duration = Duration::from_secs(5);
/// The divisor of the first cut of the pace: a twentieth.
pub(super) const FIRST_CUT: u32 = 20;
/// The divisor of a further cut: a fifth.
pub(super) const FURTHER_CUT: u32 = 5;
/// The divisor of the part of the limit that is restored each second: a twentieth.
pub(super) const REGAINED: u32 = 20;
