//! Limits the calls per second of each command, and the calls per day of a trial app.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tim_types::ErrorCode;

const SECOND: Duration = Duration::from_secs(1);
const DAY: u64 = 24 * 60 * 60;

/// A rate limit for the calls of each command. Calls above the limit are rejected with 60007.
/// Rejected calls do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The number of calls of one command that are accepted per second. The documents of the
    /// service say 200.
    pub calls_per_second: u32,
    /// How seconds are counted. [`Window::Fixed`] if it is missing in JSON.
    #[serde(default)]
    pub window: Window,
}

/// How a rate limit counts seconds. The documents do not specify it, so a client should stay within
/// the limit with both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Consecutive seconds from the start of the emulator.
    #[default]
    Fixed,
    /// A sliding window: the last second before each call.
    Sliding,
}

/// Counts the calls. All times are since the start of the emulator.
#[derive(Debug, Default)]
pub(crate) struct RateCounter {
    a_second: Option<CommandCounters>,
    a_day: Option<DailyCounter>,
}

impl RateCounter {
    pub(crate) fn new(rate_limit: Option<RateLimit>, calls_per_day: Option<u64>) -> Self {
        let mut counter = Self::default();
        counter.set_rate_limit(rate_limit);
        counter.set_calls_per_day(calls_per_day);
        counter
    }

    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        self.a_second.as_ref().map(|counter| counter.rate_limit)
    }

    pub(crate) fn calls_per_day(&self) -> Option<u64> {
        self.a_day.as_ref().map(|trial| trial.calls)
    }

    /// Starts to count from 0.
    pub(crate) fn set_rate_limit(&mut self, rate_limit: Option<RateLimit>) {
        self.a_second = rate_limit.map(CommandCounters::new);
    }

    /// Starts to count from 0.
    pub(crate) fn set_calls_per_day(&mut self, calls: Option<u64>) {
        self.a_day = calls.map(|calls| DailyCounter { calls, day: 0, taken: 0 });
    }

    /// Starts to count from 0.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.rate_limit(), self.calls_per_day());
    }

    /// Returns the number of calls of each command in the second of `now`. Empty without a rate
    /// limit.
    pub(crate) fn used(&mut self, now: Duration) -> Vec<(&'static str, usize)> {
        self.a_second.as_mut().map(|counter| counter.used(now)).unwrap_or_default()
    }

    /// Returns the number of calls in the day of `now`; `None` without a daily limit.
    pub(crate) fn used_this_day(&mut self, now: Duration) -> Option<u64> {
        let trial = self.a_day.as_mut()?;
        trial.advance_to(now);
        Some(trial.taken)
    }

    /// Counts a call at `now`, or returns the code that rejects it, and the reason.
    pub(crate) fn take(&mut self, command: &'static str, now: Duration) -> Result<(), (ErrorCode, String)> {
        if let Some(trial) = &mut self.a_day
            && !trial.has_room(now)
        {
            let info = format!(
                "the app has used all of its {} calls in these 24 hours: wait, or raise calls_per_day of the emulator",
                trial.calls
            );
            return Err((ErrorCode::DAILY_CALLS_EXHAUSTED, info));
        }
        if self.a_second.as_mut().is_some_and(|counter| !counter.take(command, now)) {
            let info = format!("too many calls of {command} in this second: send fewer calls per second");
            return Err((ErrorCode::CALLS_TOO_FREQUENT, info));
        }
        if let Some(trial) = &mut self.a_day {
            trial.taken += 1;
        }
        Ok(())
    }
}

/// Counts the accepted calls of a day. Days are consecutive periods of 24 hours from the start of
/// the emulator.
#[derive(Debug)]
struct DailyCounter {
    calls: u64,
    day: u64,
    taken: u64,
}

impl DailyCounter {
    fn has_room(&mut self, now: Duration) -> bool {
        self.advance_to(now);
        self.taken < self.calls
    }

    fn advance_to(&mut self, now: Duration) {
        let day = now.as_secs() / DAY;
        if day != self.day {
            (self.day, self.taken) = (day, 0);
        }
    }
}

/// The times of the accepted calls of each command.
#[derive(Debug)]
struct CommandCounters {
    rate_limit: RateLimit,
    taken: HashMap<&'static str, VecDeque<Duration>>,
}

impl CommandCounters {
    fn new(rate_limit: RateLimit) -> Self {
        Self { rate_limit, taken: HashMap::new() }
    }

    fn take(&mut self, command: &'static str, now: Duration) -> bool {
        let taken = self.taken.entry(command).or_default();
        drop_expired(taken, self.rate_limit.window, now);
        let room = taken.len() < self.rate_limit.calls_per_second as usize;
        if room {
            taken.push_back(now);
        }
        room
    }

    fn used(&mut self, now: Duration) -> Vec<(&'static str, usize)> {
        let window = self.rate_limit.window;
        self.taken.values_mut().for_each(|taken| drop_expired(taken, window, now));
        self.taken.iter().filter(|(_, taken)| !taken.is_empty()).map(|(name, taken)| (*name, taken.len())).collect()
    }
}

/// Removes the calls that are not in the second of `now`.
fn drop_expired(taken: &mut VecDeque<Duration>, window: Window, now: Duration) {
    let counts = |at: &Duration| match window {
        Window::Fixed => at.as_secs() == now.as_secs(),
        Window::Sliding => now.saturating_sub(*at) < SECOND,
    };
    while taken.front().is_some_and(|at| !counts(at)) {
        taken.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(window: Window, at: &[u64]) -> Vec<bool> {
        let mut counter = CommandCounters::new(RateLimit { calls_per_second: 2, window });
        at.iter().map(|at| counter.take("follow_add", Duration::from_millis(*at))).collect()
    }

    #[test]
    fn a_fixed_second_begins_with_each_second_of_the_clock() {
        assert_eq!(taken(Window::Fixed, &[900, 950, 999, 1000, 1001, 1999]), [true, true, false, true, true, false]);
    }

    #[test]
    fn a_sliding_second_is_the_one_before_the_call() {
        assert_eq!(
            taken(Window::Sliding, &[900, 950, 1000, 1899, 1900, 1949]),
            [true, true, false, false, true, false]
        );
    }

    #[test]
    fn commands_are_counted_apart() {
        let mut counter = CommandCounters::new(RateLimit { calls_per_second: 1, window: Window::Sliding });
        assert!(counter.take("follow_add", SECOND) && counter.take("follow_delete", SECOND));
        assert!(!counter.take("follow_add", SECOND));
    }

    #[test]
    fn what_is_used_is_what_counts_now() {
        let mut counter = RateCounter::new(Some(RateLimit { calls_per_second: 2, window: Window::Fixed }), None);
        counter.take("follow_add", Duration::ZERO).unwrap();
        counter.take("follow_get", SECOND).unwrap();
        assert_eq!(counter.used(SECOND), [("follow_get", 1)]);
    }

    #[test]
    fn a_trial_app_has_its_calls_a_day() {
        let rate_limit = RateLimit { calls_per_second: 2, window: Window::Fixed };
        let mut counter = RateCounter::new(Some(rate_limit), Some(3));
        let codes = [0, 0, 0, 5, 6, DAY - 1, DAY]
            .map(|second| counter.take("follow_add", Duration::from_secs(second)).err().map_or(0, |(code, _)| code.0));
        assert_eq!(codes, [0, 0, 60007, 0, 60028, 60028, 0], "a rejected call does not count");
    }
}
