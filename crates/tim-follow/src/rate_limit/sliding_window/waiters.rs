//! The waiters of a sliding window.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::later;

/// How long a waiter may be overdue. After that, it does not delay the others until it comes back.
const GRACE: Duration = Duration::from_millis(100);

/// Waiters in order of arrival. A waiter comes back when its wait is over. If it does not, because
/// nobody polls it, it is left out until it does.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// When each waiter is due; `None` until its first delay.
    due: HashMap<u64, Option<Instant>>,
    /// The waiters that are not left out, in order of arrival, which is the order of their numbers.
    present: VecDeque<u64>,
    /// The same waiters, ordered by when they are due, without those that have no delay yet.
    by_due: BTreeSet<(Instant, u64)>,
}

impl Waiters {
    /// Adds a waiter at the end. Its number is higher than those of all others.
    pub(super) fn enqueue(&mut self, number: u64) {
        self.due.insert(number, None);
        self.present.push_back(number);
    }

    /// How many earlier waiters there are at `now`; `None` if this is not the number of a waiter.
    pub(super) fn earlier_than(&mut self, number: u64, now: Instant) -> Option<usize> {
        if !self.due.contains_key(&number) {
            return None;
        }
        while let Some(&(due, overdue)) = self.by_due.first()
            && later(due, GRACE) <= now
        {
            self.by_due.pop_first();
            self.skip(overdue);
        }
        Some(self.present.partition_point(|other| *other < number))
    }

    /// Sets when the waiter is due. A waiter that was left out is present again.
    pub(super) fn set_due(&mut self, number: u64, due: Instant) {
        if let Some(Some(before)) = self.due.insert(number, Some(due)) {
            self.by_due.remove(&(before, number));
        }
        self.by_due.insert((due, number));
        if let Err(at) = self.present.binary_search(&number) {
            self.present.insert(at, number);
        }
    }

    /// Removes a waiter; returns whether there was one.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        let Some(due) = self.due.remove(&number) else { return false };
        if let Some(due) = due {
            self.by_due.remove(&(due, number));
        }
        self.skip(number);
        true
    }

    fn skip(&mut self, number: u64) {
        if let Ok(at) = self.present.binary_search(&number) {
            self.present.remove(at);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn only_a_waiter_has_a_position() {
        let (mut waiters, now) = (Waiters::default(), Instant::now());
        waiters.enqueue(1);
        waiters.enqueue(2);
        assert_eq!([1, 2, 3].map(|number| waiters.earlier_than(number, now)), [Some(0), Some(1), None]);
        assert!(waiters.remove(1));
        assert_eq!([1, 2].map(|number| waiters.earlier_than(number, now)), [None, Some(0)]);
    }
}
