//! How many calls a second the emulator takes of each command.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A quota on the calls of each command; beyond it 60007. Refused calls do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many calls of one command are taken in a second. The documents say 200.
    pub calls_per_second: u32,
    /// Which second that is.
    pub counting: Counting,
}

/// Which second a quota counts. The documents do not say, so a client should keep both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Seconds that follow each other from the start of the emulator.
    Fixed,
    /// The second before each call.
    Sliding,
}

/// The calls that were taken of each command.
#[derive(Debug)]
pub(crate) struct Counter {
    quota: Quota,
    taken: HashMap<&'static str, VecDeque<Duration>>,
}

impl Counter {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, taken: HashMap::new() }
    }

    /// Takes a call at `now`, counted from the start of the emulator, or refuses it.
    pub(crate) fn take(&mut self, command: &'static str, now: Duration) -> bool {
        let taken = self.taken.entry(command).or_default();
        let counts = |at: &Duration| match self.quota.counting {
            Counting::Fixed => at.as_secs() == now.as_secs(),
            Counting::Sliding => now.saturating_sub(*at) < SECOND,
        };
        while taken.front().is_some_and(|at| !counts(at)) {
            taken.pop_front();
        }
        let room = taken.len() < self.quota.calls_per_second as usize;
        if room {
            taken.push_back(now);
        }
        room
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
}
