//! Setting and moving the clock of an emulator.

use std::fmt;
use std::time::Duration;

use crate::clock::Clock;

/// The clock of a running emulator; see [`Emulator::time`](crate::Emulator::time).
///
/// It sets the time of follows, the `Date` header, the validity of signatures, the windows of rate
/// limits, the end of faults and the time in webhooks. Delays and timeouts are in real time, for example
/// a latency, the timeout of a webhook, or the time for a slow client.
#[derive(Clone, Copy)]
pub struct Time<'a>(pub(crate) &'a Clock);

impl Time<'_> {
    /// The time in the emulator, in Unix seconds.
    pub fn now(&self) -> u64 {
        self.0.now().unix()
    }

    /// Sets the clock ahead or back; it continues from there. Rate limits and the end of faults do not
    /// change.
    pub fn set(&self, unix_seconds: u64) {
        self.0.set(unix_seconds.saturating_mul(1000));
    }

    /// Sets the clock `seconds` ahead of the real time, or behind it if negative. This imitates two
    /// machines whose clocks differ.
    pub fn offset(&self, seconds: i64) {
        self.0.set(self.0.real().unix_ms.saturating_add_signed(seconds.saturating_mul(1000)));
    }

    /// Moves the clock ahead, also for rate limits and faults.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Goes back to the real time.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Stops the clock. A rate limit then counts all calls in one second, until
    /// [`advance`](Self::advance) moves the clock.
    pub fn freeze(&self) {
        self.0.freeze(true);
    }

    /// Lets a stopped clock continue from the time that it shows.
    pub fn resume(&self) {
        self.0.freeze(false);
    }

    /// Whether the clock is stopped.
    pub fn is_frozen(&self) -> bool {
        self.0.frozen()
    }
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("now", &self.now()).field("frozen", &self.is_frozen()).finish()
    }
}
