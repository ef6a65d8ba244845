//! What time it is in the emulator: read once a call, an argument everywhere else.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::lock::locked;

/// A point in time as the emulator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockReading {
    /// What a clock on the wall shows: unix milliseconds.
    pub(crate) unix_ms: u64,
    /// How long the emulator has been running, which rate limits and faults go by: no clock on the wall moves it.
    pub(crate) elapsed: Duration,
}

impl ClockReading {
    /// In unix seconds.
    pub(crate) fn unix(self) -> u64 {
        self.unix_ms / 1000
    }
}

/// Tells the unix time in milliseconds.
#[derive(Clone)]
pub(crate) struct TimeSource(Arc<dyn Fn() -> u64 + Send + Sync>);

impl TimeSource {
    pub(crate) fn seconds(read: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || read().saturating_mul(1000)))
    }
}

impl Default for TimeSource {
    fn default() -> Self {
        Self(Arc::new(system_time))
    }
}

impl fmt::Debug for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// The clock of an emulator. It may be set, moved and stopped.
pub(crate) struct Clock {
    source: TimeSource,
    started: Instant,
    hands: Mutex<ClockState>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "one of the two places where the emulator starts to count time")]
    pub(crate) fn start(source: TimeSource) -> Self {
        let real = ClockReading { unix_ms: (source.0)(), elapsed: Duration::ZERO };
        Self { source, started: Instant::now(), hands: Mutex::new(ClockState::at(real)) }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> ClockReading {
        locked(&self.hands).show(self.real())
    }

    /// What time it is outside of the emulator.
    pub(crate) fn real(&self) -> ClockReading {
        ClockReading { unix_ms: (self.source.0)(), elapsed: self.started.elapsed() }
    }

    pub(crate) fn frozen(&self) -> bool {
        locked(&self.hands).frozen
    }

    /// Shows the real time again. How long the emulator has been running does not go back.
    pub(crate) fn reset(&self) {
        let mut hands = locked(&self.hands);
        let real = self.real();
        hands.change(real, |shown| shown.unix_ms = real.unix_ms);
        hands.frozen = false;
    }

    /// Sets the clock on the wall.
    pub(crate) fn set(&self, unix_ms: u64) {
        locked(&self.hands).change(self.real(), |shown| shown.unix_ms = unix_ms);
    }

    /// Moves all of it ahead.
    pub(crate) fn advance(&self, by: Duration) {
        locked(&self.hands).change(self.real(), |shown| {
            shown.unix_ms = shown.unix_ms.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
            shown.elapsed = shown.elapsed.saturating_add(by);
        });
    }

    /// Stops it, or lets it go on from where it stands.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut hands = locked(&self.hands);
        hands.change(self.real(), |_| ());
        hands.frozen = frozen;
    }
}

/// How the time that is shown follows from the real one.
#[derive(Debug)]
struct ClockState {
    /// When it was last changed.
    real: ClockReading,
    /// What it showed then.
    shown: ClockReading,
    frozen: bool,
}

impl ClockState {
    fn at(real: ClockReading) -> Self {
        Self { real, shown: real, frozen: false }
    }

    fn show(&self, real: ClockReading) -> ClockReading {
        if self.frozen {
            return self.shown;
        }
        // The system's clock may be set back, so only one of the two is never negative.
        let unix_ms = (self.shown.unix_ms.saturating_add(real.unix_ms)).saturating_sub(self.real.unix_ms);
        let passed = real.elapsed.saturating_sub(self.real.elapsed);
        ClockReading { unix_ms, elapsed: self.shown.elapsed.saturating_add(passed) }
    }

    fn change(&mut self, real: ClockReading, change: impl FnOnce(&mut ClockReading)) {
        let mut shown = self.show(real);
        change(&mut shown);
        (self.real, self.shown) = (real, shown);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the emulator asks the system for the time")]
pub(crate) fn system_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(second: u64) -> ClockReading {
        ClockReading { unix_ms: 1_700_000_000_000 + second * 1000, elapsed: Duration::from_secs(second) }
    }

    fn shown(hands: &ClockState, second: u64) -> (u64, u64) {
        let shown = hands.show(real(second));
        (shown.unix() - 1_700_000_000, shown.elapsed.as_secs())
    }

    #[test]
    fn an_untouched_clock_shows_the_real_time() {
        assert_eq!(shown(&ClockState::at(real(0)), 7), (7, 7));
    }

    #[test]
    fn setting_moves_the_wall_and_advancing_both() {
        let mut hands = ClockState::at(real(0));
        hands.change(real(10), |shown| shown.unix_ms += 500_000);
        assert_eq!(shown(&hands, 11), (511, 11));
        hands.change(real(20), |shown| shown.elapsed += Duration::from_secs(60));
        assert_eq!(shown(&hands, 21), (521, 81));
    }

    #[test]
    fn a_frozen_clock_goes_on_from_where_it_stood() {
        let mut hands = ClockState::at(real(0));
        let freeze = |hands: &mut ClockState, at, frozen| {
            hands.change(real(at), |_| ());
            hands.frozen = frozen;
        };
        freeze(&mut hands, 5, true);
        assert_eq!(shown(&hands, 100), (5, 5));
        freeze(&mut hands, 100, false);
        assert_eq!(shown(&hands, 101), (6, 6));
    }

    #[test]
    fn a_real_clock_that_is_set_back_is_followed() {
        let hands = ClockState::at(real(100));
        assert_eq!(hands.show(real(40)).unix_ms, real(40).unix_ms);
        assert_eq!(hands.show(real(40)).elapsed, Duration::from_secs(100));
    }
}
