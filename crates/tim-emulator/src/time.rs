//! The time in an emulator, for its users to move.

use std::fmt;
use std::time::Duration;

use crate::clock::Clock;

/// The clock of a running emulator; see [`Emulator::time`](crate::Emulator::time).
///
/// The time of follows, the validity of signatures, rate limits, faults that end and webhooks go by it. What the emulator waits for
/// is real time: a latency, the timeout of a webhook, a slow client.
#[derive(Clone, Copy)]
pub struct Time<'a>(pub(crate) &'a Clock);

impl Time<'_> {
    /// What time it is in the emulator, in unix seconds.
    pub fn now(&self) -> u64 {
        self.0.now().unix()
    }

    /// Sets the clock, ahead or back. It goes on from there; rate limits and faults that end do not notice.
    pub fn set(&self, unix_seconds: u64) {
        self.0.set(unix_seconds.saturating_mul(1000));
    }

    /// Sets the clock `seconds` ahead of the real one, or behind it when they are negative: two machines whose clocks
    /// differ.
    pub fn offset(&self, seconds: i64) {
        self.0.set(self.0.real().unix_ms.saturating_add_signed(seconds.saturating_mul(1000)));
    }

    /// Lets this much time pass at once, for rate limits and faults too.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Shows the real time again.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Stops the clock. A rate limit then counts all calls into one second, until [`advance`](Self::advance) begins the next.
    pub fn freeze(&self) {
        self.0.freeze(true);
    }

    /// Lets a stopped clock go on from where it stands.
    pub fn resume(&self) {
        self.0.freeze(false);
    }

    /// Whether the clock stands still.
    pub fn is_frozen(&self) -> bool {
        self.0.frozen()
    }
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("now", &self.now()).field("frozen", &self.is_frozen()).finish()
    }
}
