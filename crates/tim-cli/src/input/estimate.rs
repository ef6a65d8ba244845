//! Estimates how many calls a batch makes, without sending anything.

use std::collections::{HashMap, VecDeque};

use tim_follow::{Batch, UserId};

/// What decides how many calls a batch makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchShape {
    /// The number of targets that one call takes.
    pub(crate) max_targets: usize,
    /// The number of calls in flight.
    pub(crate) in_flight: usize,
}

impl BatchShape {
    /// The shape of the batches of the command `E` with at most `in_flight` calls at a time.
    /// `shared` is the part of the request that all calls have.
    pub(crate) fn of<E: Batch>(shared: &E::Shared, in_flight: usize) -> Self {
        Self { max_targets: E::max_targets(shared).max(1), in_flight: in_flight.max(1) }
    }

    /// One call per target.
    pub(crate) const SINGLE: Self = Self { max_targets: 1, in_flight: 1 };

    /// The number of targets that the client holds at a time.
    fn window(self) -> usize {
        self.in_flight.saturating_mul(self.max_targets).saturating_mul(2)
    }
}

/// Simulates how the client groups targets into calls: it sends full calls first, and other calls,
/// the oldest first, only when its window is full. Responses come in the order of the calls.
///
/// Retries and repeated targets are not part of the estimate.
pub(super) struct CallEstimate {
    shape: BatchShape,
    /// For each target in the window, whether its call has ended. The number of the first one is
    /// `popped`.
    window: VecDeque<bool>,
    popped: u64,
    full: VecDeque<Vec<u64>>,
    partial: HashMap<UserId, Vec<u64>>,
    /// The users of `partial` in the order of their first target, and some that are stale.
    order: VecDeque<(UserId, u64)>,
    in_flight: VecDeque<Vec<u64>>,
    calls: u64,
}

impl CallEstimate {
    pub(super) fn new(shape: BatchShape) -> Self {
        Self {
            shape,
            window: VecDeque::new(),
            popped: 0,
            full: VecDeque::new(),
            partial: HashMap::new(),
            order: VecDeque::new(),
            in_flight: VecDeque::new(),
            calls: 0,
        }
    }

    /// Adds the next target, of this user.
    pub(super) fn add(&mut self, from: &UserId) {
        if self.shape.max_targets == 1 {
            self.calls += 1;
            return;
        }
        let number = self.popped + self.window.len() as u64;
        self.window.push_back(false);
        let call = self.partial.entry(from.clone()).or_default();
        if call.is_empty() {
            self.order.push_back((from.clone(), number));
        }
        call.push(number);
        if call.len() >= self.shape.max_targets {
            self.full.extend(self.partial.remove(from));
            self.forget_stale_users();
        }
        while self.window.len() >= self.shape.window() {
            self.send();
            self.respond();
        }
    }

    /// The number of calls, when there are no more targets.
    pub(super) fn finish(self) -> u64 {
        self.calls + (self.full.len() + self.partial.len()) as u64
    }

    fn send(&mut self) {
        while self.in_flight.len() < self.shape.in_flight {
            let Some(call) = self.full.pop_front().or_else(|| self.take_partial()) else { return };
            self.calls += 1;
            self.in_flight.push_back(call);
        }
    }

    fn take_partial(&mut self) -> Option<Vec<u64>> {
        while let Some((from, first)) = self.order.pop_front() {
            // A stale entry belongs to a call that became full.
            if self.partial.get(&from).is_some_and(|call| call.first() == Some(&first)) {
                return self.partial.remove(&from);
            }
        }
        None
    }

    fn forget_stale_users(&mut self) {
        if self.order.len() > 2 * self.partial.len() + 16 {
            let partial = &self.partial;
            self.order.retain(|(from, number)| partial.get(from).and_then(|call| call.first()) == Some(number));
        }
    }

    fn respond(&mut self) {
        for number in self.in_flight.pop_front().unwrap_or_default() {
            let index = usize::try_from(number - self.popped).ok();
            if let Some(done) = index.and_then(|index| self.window.get_mut(index)) {
                *done = true;
            }
        }
        while self.window.front() == Some(&true) {
            self.window.pop_front();
            self.popped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(pairs: impl IntoIterator<Item = u64>, max_targets: usize, in_flight: usize) -> u64 {
        let mut estimate = CallEstimate::new(BatchShape { max_targets, in_flight });
        pairs.into_iter().for_each(|from| estimate.add(&from.to_string().into()));
        estimate.finish()
    }

    #[test]
    fn targets_of_a_user_share_calls() {
        assert_eq!(calls([0, 1, 0, 0, 0], 2, 32), 3);
        assert_eq!(calls([0, 1, 0, 0, 0], 100, 32), 2);
        assert_eq!(calls((0..4100).map(|number| number % 2), 100, 10), 42);
        assert_eq!(calls([0; 1000], 1, 32), 1000);
        assert_eq!(calls([], 100, 32), 0);
    }

    #[test]
    fn a_target_that_comes_late_needs_a_call_of_its_own() {
        // A window of 8 targets: the second target of user 0 comes after its call was sent.
        let others = |range: std::ops::Range<u64>| range.map(|number| number + 1);
        assert_eq!(calls([0].into_iter().chain(others(0..2)).chain([0]), 4, 1), 3);
        assert_eq!(calls([0].into_iter().chain(others(0..20)).chain([0]), 4, 1), 22);
    }

    #[test]
    fn memory_does_not_grow_with_the_input() {
        let mut estimate = CallEstimate::new(BatchShape { max_targets: 2, in_flight: 2 });
        for number in 0..10_000_u64 {
            estimate.add(&(number % 3).to_string().into());
        }
        assert!(estimate.order.len() <= 24 && estimate.window.len() <= 8, "{}", estimate.order.len());
    }
}
