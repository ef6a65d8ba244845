//! A reading of two clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time on two clocks, read together. Waits and deadlines use `instant`; signatures use `unix`.
///
/// Neither is computed from the other: an [`Instant`] may not advance while the machine is
/// suspended, and the wall clock can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock, in unix seconds.
    pub unix: u64,
}

impl ClockReading {
    /// Reads both clocks of the operating system.
    #[expect(clippy::disallowed_methods, reason = "the one place where blocking transports read the monotonic clock")]
    pub fn system() -> Self {
        Self::at(Instant::now())
    }

    /// Combines `instant` with a reading of the wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place where transports read the wall clock")]
    pub fn at(instant: Instant) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { instant, unix }
    }
}
