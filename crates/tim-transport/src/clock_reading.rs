//! A point in time on two clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A point in time. Waits and deadlines go by `instant`; signatures go by `unix`, the clock on the wall.
///
/// Neither is computed from the other: an [`Instant`] stands still while a machine sleeps, and a wall clock may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// On the clock that only goes forward.
    pub instant: Instant,
    /// In seconds since 1970.
    pub unix: u64,
}

impl ClockReading {
    /// This moment on the clocks of the operating system.
    #[expect(clippy::disallowed_methods, reason = "the one place where blocking transports read a clock")]
    pub fn system() -> Self {
        Self::at(Instant::now())
    }

    /// `instant`, with the clock on the wall as it is.
    #[expect(clippy::disallowed_methods, reason = "the one place where transports read the clock on the wall")]
    pub fn at(instant: Instant) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { instant, unix }
    }
}
