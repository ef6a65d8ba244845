//! How many calls the emulator takes: a second of each command, and a day of a trial app.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tim_types::ErrorCode;

const SECOND: Duration = Duration::from_secs(1);
const DAY: u64 = 24 * 60 * 60;

/// A quota on the calls of each command; beyond it 60007. Refused calls do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// How many calls of one command are taken in a second. The documents say 200.
    pub calls_per_second: u32,
    /// Which second that is; [`Counting::Fixed`] where JSON leaves it out.
    #[serde(default)]
    pub counting: Counting,
}

/// Which second a quota counts. The documents do not say, so a client should keep both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Seconds that follow each other from the start of the emulator.
    #[default]
    Fixed,
    /// The second before each call.
    Sliding,
}

/// What an emulator counts. Its times are those since its start.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    a_second: Option<Counter>,
    a_day: Option<Trial>,
}

impl Meter {
    pub(crate) fn new(quota: Option<Quota>, calls_per_day: Option<u64>) -> Self {
        let mut meter = Self::default();
        meter.limit(quota);
        meter.limit_day(calls_per_day);
        meter
    }

    pub(crate) fn quota(&self) -> Option<Quota> {
        self.a_second.as_ref().map(|counter| counter.quota)
    }

    pub(crate) fn calls_per_day(&self) -> Option<u64> {
        self.a_day.as_ref().map(|trial| trial.calls)
    }

    /// Begins to count anew.
    pub(crate) fn limit(&mut self, quota: Option<Quota>) {
        self.a_second = quota.map(Counter::new);
    }

    /// Begins to count anew.
    pub(crate) fn limit_day(&mut self, calls: Option<u64>) {
        self.a_day = calls.map(|calls| Trial { calls, day: 0, taken: 0 });
    }

    /// Begins to count anew.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.quota(), self.calls_per_day());
    }

    /// How many calls of each command are in the second of `now`, when there is a quota.
    pub(crate) fn used(&mut self, now: Duration) -> Vec<(&'static str, usize)> {
        self.a_second.as_mut().map(|counter| counter.used(now)).unwrap_or_default()
    }

    /// How many calls are in the day of `now`, when they are counted.
    pub(crate) fn used_this_day(&mut self, now: Duration) -> Option<u64> {
        let trial = self.a_day.as_mut()?;
        trial.turn(now);
        Some(trial.taken)
    }

    /// Takes a call at `now`, or says with which code it is refused, and why.
    pub(crate) fn take(&mut self, command: &'static str, now: Duration) -> Result<(), (ErrorCode, String)> {
        if let Some(trial) = &mut self.a_day
            && !trial.has_room(now)
        {
            let info = format!("the {} calls that a trial app has in 24 hours are used up", trial.calls);
            return Err((ErrorCode::DAILY_CALLS_EXHAUSTED, info));
        }
        if self.a_second.as_mut().is_some_and(|counter| !counter.take(command, now)) {
            let info = format!("too many calls of {command} in this second: slow down");
            return Err((ErrorCode::CALLS_TOO_FREQUENT, info));
        }
        if let Some(trial) = &mut self.a_day {
            trial.taken += 1;
        }
        Ok(())
    }
}

/// The calls that were taken in days that follow each other from the start of the emulator.
#[derive(Debug)]
struct Trial {
    calls: u64,
    day: u64,
    taken: u64,
}

impl Trial {
    fn has_room(&mut self, now: Duration) -> bool {
        self.turn(now);
        self.taken < self.calls
    }

    fn turn(&mut self, now: Duration) {
        let day = now.as_secs() / DAY;
        if day != self.day {
            (self.day, self.taken) = (day, 0);
        }
    }
}

/// The calls that were taken of each command.
#[derive(Debug)]
struct Counter {
    quota: Quota,
    taken: HashMap<&'static str, VecDeque<Duration>>,
}

impl Counter {
    fn new(quota: Quota) -> Self {
        Self { quota, taken: HashMap::new() }
    }

    fn take(&mut self, command: &'static str, now: Duration) -> bool {
        let taken = self.taken.entry(command).or_default();
        forget(taken, self.quota.counting, now);
        let room = taken.len() < self.quota.calls_per_second as usize;
        if room {
            taken.push_back(now);
        }
        room
    }

    fn used(&mut self, now: Duration) -> Vec<(&'static str, usize)> {
        let counting = self.quota.counting;
        self.taken.values_mut().for_each(|taken| forget(taken, counting, now));
        self.taken.iter().filter(|(_, taken)| !taken.is_empty()).map(|(name, taken)| (*name, taken.len())).collect()
    }
}

/// Drops the calls that are not in the second of `now`.
fn forget(taken: &mut VecDeque<Duration>, counting: Counting, now: Duration) {
    let counts = |at: &Duration| match counting {
        Counting::Fixed => at.as_secs() == now.as_secs(),
        Counting::Sliding => now.saturating_sub(*at) < SECOND,
    };
    while taken.front().is_some_and(|at| !counts(at)) {
        taken.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(counting: Counting, at: &[u64]) -> Vec<bool> {
        let mut counter = Counter::new(Quota { calls_per_second: 2, counting });
        at.iter().map(|at| counter.take("follow_add", Duration::from_millis(*at))).collect()
    }

    #[test]
    fn a_fixed_second_begins_anew_on_the_clock() {
        assert_eq!(taken(Counting::Fixed, &[900, 950, 999, 1000, 1001, 1999]), [true, true, false, true, true, false]);
    }

    #[test]
    fn a_sliding_second_is_the_one_before_the_call() {
        assert_eq!(
            taken(Counting::Sliding, &[900, 950, 1000, 1899, 1900, 1949]),
            [true, true, false, false, true, false]
        );
    }

    #[test]
    fn commands_are_counted_apart() {
        let mut counter = Counter::new(Quota { calls_per_second: 1, counting: Counting::Sliding });
        assert!(counter.take("follow_add", SECOND) && counter.take("follow_delete", SECOND));
        assert!(!counter.take("follow_add", SECOND));
    }

    #[test]
    fn what_is_used_is_what_counts_now() {
        let mut meter = Meter::new(Some(Quota { calls_per_second: 2, counting: Counting::Fixed }), None);
        meter.take("follow_add", Duration::ZERO).unwrap();
        meter.take("follow_get", SECOND).unwrap();
        assert_eq!(meter.used(SECOND), [("follow_get", 1)]);
    }

    #[test]
    fn a_trial_app_has_its_calls_a_day() {
        let quota = Quota { calls_per_second: 2, counting: Counting::Fixed };
        let mut meter = Meter::new(Some(quota), Some(3));
        let codes = [0, 0, 0, 5, 6, DAY - 1, DAY]
            .map(|second| meter.take("follow_add", Duration::from_secs(second)).err().map_or(0, |(code, _)| code.0));
        assert_eq!(codes, [0, 0, 60007, 0, 60028, 60028, 0], "what is refused does not count");
    }
}
