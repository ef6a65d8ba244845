//! Sets, moves and stops the clock of an emulator.

use std::fmt;
use std::time::Duration;

use crate::clock::Clock;

/// The clock of a running emulator; see [`Emulator::time`](crate::Emulator::time).
///
/// The emulator uses this clock for the time of follows, the `Date` header, the expiry of
/// signatures, the windows of rate limits, the end of faults and the time in webhooks. Delays and
/// timeouts use the real time, for example a latency, the timeout of a webhook, or the time limit
/// for a slow client.
#[derive(Clone, Copy)]
pub struct Time<'a>(pub(crate) &'a Clock);

impl Time<'_> {
    /// Returns the time of the clock, in unix seconds.
    pub fn now(&self) -> u64 {
        self.0.now().unix()
    }

    /// Sets the clock to this time, earlier or later; it continues from there. This does not affect
    /// rate limits and the end of faults.
    pub fn set(&self, unix_seconds: u64) {
        self.0.set(unix_seconds.saturating_mul(1000));
    }

    /// Sets the clock `seconds` ahead of the real time, or behind it if negative. This imitates two
    /// machines whose clocks differ.
    pub fn offset(&self, seconds: i64) {
        self.0.set(self.0.real().unix_ms.saturating_add_signed(seconds.saturating_mul(1000)));
    }

    /// Moves the clock ahead. This also affects rate limits and the end of faults.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Sets the clock to the real time. A stopped clock continues.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Stops the clock. A rate limit then counts all calls in one second, until
    /// [`advance`](Self::advance) moves the clock.
    pub fn freeze(&self) {
        self.0.freeze(true);
    }

    /// Starts a stopped clock again. It continues from the time that it shows.
    pub fn resume(&self) {
        self.0.freeze(false);
    }

    /// Returns whether the clock is stopped.
    pub fn is_frozen(&self) -> bool {
        self.0.frozen()
    }
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("now", &self.now()).field("frozen", &self.is_frozen()).finish()
    }
}
