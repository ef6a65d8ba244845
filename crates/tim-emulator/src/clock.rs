//! The clock of the emulator. It is read once for each call; everywhere else the time is an
//! argument.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::lock::locked;

/// A point in time as the emulator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockReading {
    /// The wall-clock time in Unix milliseconds.
    pub(crate) unix_ms: u64,
    /// The time since the start of the emulator. Rate limits and faults use it, because setting the
    /// wall clock does not change it.
    pub(crate) elapsed: Duration,
}

impl ClockReading {
    /// The wall-clock time in Unix seconds.
    pub(crate) fn unix(self) -> u64 {
        self.unix_ms / 1000
    }
}

/// A function that returns the unix time in milliseconds.
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
        f.write_str("TimeSource")
    }
}

/// The clock of an emulator. It can be set, moved ahead and stopped.
pub(crate) struct Clock {
    source: TimeSource,
    started: Instant,
    state: Mutex<ClockState>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "one of the two places where the emulator starts to count time")]
    pub(crate) fn start(source: TimeSource) -> Self {
        let real = ClockReading { unix_ms: (source.0)(), elapsed: Duration::ZERO };
        Self { source, started: Instant::now(), state: Mutex::new(ClockState::at(real)) }
    }

    /// Returns the time of the emulator.
    pub(crate) fn now(&self) -> ClockReading {
        locked(&self.state).show(self.real())
    }

    /// Returns the time of the source and the real time since the start.
    pub(crate) fn real(&self) -> ClockReading {
        ClockReading { unix_ms: (self.source.0)(), elapsed: self.started.elapsed() }
    }

    pub(crate) fn frozen(&self) -> bool {
        locked(&self.state).frozen
    }

    /// Returns the time of the emulator, the time of the source at the same moment, and whether the
    /// clock is stopped.
    pub(crate) fn compared(&self) -> (ClockReading, ClockReading, bool) {
        let state = locked(&self.state);
        let real = self.real();
        (state.show(real), real, state.frozen)
    }

    /// Sets the wall clock to the real time, and starts a stopped clock. The time since the start
    /// of the emulator stays the same.
    pub(crate) fn reset(&self) {
        let mut state = locked(&self.state);
        let real = self.real();
        state.change(real, |shown| shown.unix_ms = real.unix_ms);
        state.frozen = false;
    }

    /// Sets the wall clock.
    pub(crate) fn set(&self, unix_ms: u64) {
        locked(&self.state).change(self.real(), |shown| shown.unix_ms = unix_ms);
    }

    /// Moves both times ahead.
    pub(crate) fn advance(&self, by: Duration) {
        locked(&self.state).change(self.real(), |shown| {
            shown.unix_ms = shown.unix_ms.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
            shown.elapsed = shown.elapsed.saturating_add(by);
        });
    }

    /// Stops the clock, or lets it continue from the time that it shows.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut state = locked(&self.state);
        state.change(self.real(), |_| ());
        state.frozen = frozen;
    }
}

/// The state that maps the real time to the time of the emulator.
#[derive(Debug)]
struct ClockState {
    /// The real time of the last change.
    real: ClockReading,
    /// The time in the emulator at the last change.
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
        // The clock of the system can be set back, so the difference of the real times can be
        // negative.
        // Adding before subtracting avoids that.
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

    fn shown(state: &ClockState, second: u64) -> (u64, u64) {
        let shown = state.show(real(second));
        (shown.unix() - 1_700_000_000, shown.elapsed.as_secs())
    }

    #[test]
    fn an_untouched_clock_shows_the_real_time() {
        assert_eq!(shown(&ClockState::at(real(0)), 7), (7, 7));
    }

    #[test]
    fn setting_moves_the_wall_and_advancing_both() {
        let mut state = ClockState::at(real(0));
        state.change(real(10), |shown| shown.unix_ms += 500_000);
        assert_eq!(shown(&state, 11), (511, 11));
        state.change(real(20), |shown| shown.elapsed += Duration::from_secs(60));
        assert_eq!(shown(&state, 21), (521, 81));
    }

    #[test]
    fn a_frozen_clock_continues_from_the_time_that_it_shows() {
        let mut state = ClockState::at(real(0));
        let freeze = |state: &mut ClockState, at, frozen| {
            state.change(real(at), |_| ());
            state.frozen = frozen;
        };
        freeze(&mut state, 5, true);
        assert_eq!(shown(&state, 100), (5, 5));
        freeze(&mut state, 100, false);
        assert_eq!(shown(&state, 101), (6, 6));
    }

    #[test]
    fn a_real_clock_that_is_set_back_is_followed() {
        let state = ClockState::at(real(100));
        assert_eq!(state.show(real(40)).unix_ms, real(40).unix_ms);
        assert_eq!(state.show(real(40)).elapsed, Duration::from_secs(100));
    }
}
