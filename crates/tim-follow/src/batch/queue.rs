//! The queue of targets that wait for a call, grouped by the user in `From_Account`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use tim_types::FromAccount;

/// The numbers of the targets to send, and of those that wait for the time of their retry.
#[derive(Debug)]
pub(super) struct Queue<F> {
    /// The number of targets that one call takes.
    max_targets: usize,
    /// Whether calls with the same user must not overlap.
    exclusive: bool,
    /// The users with a call in flight, if calls are exclusive.
    busy: HashSet<F>,
    /// The calls that are full.
    full: VecDeque<(F, Vec<u64>)>,
    /// The calls that are not full yet.
    partial: HashMap<F, Vec<u64>>,
    /// The users of `partial`, in the order of their first target. Also contains stale users, whose
    /// call became full.
    order: VecDeque<F>,
    /// The targets that wait for a retry, each with the time of the retry.
    later: BinaryHeap<Reverse<(Instant, u64, F)>>,
}

impl<F: FromAccount> Queue<F> {
    pub(super) fn new(max_targets: usize, exclusive: bool) -> Self {
        Self {
            max_targets,
            exclusive,
            busy: HashSet::new(),
            full: VecDeque::new(),
            partial: HashMap::new(),
            order: VecDeque::new(),
            later: BinaryHeap::new(),
        }
    }

    pub(super) fn push(&mut self, from: &F, number: u64) {
        if !self.partial.contains_key(from) {
            self.order.push_back(from.clone());
        }
        let call = self.partial.entry(from.clone()).or_default();
        call.push(number);
        if call.len() >= self.max_targets {
            self.full.extend(self.partial.remove_entry(from));
            self.forget_stale_users();
        }
    }

    /// Removes stale and repeated users from `order` when they are the majority.
    fn forget_stale_users(&mut self) {
        if self.order.len() > 2 * self.partial.len() + 16 {
            let mut seen = HashSet::new();
            self.order.retain(|from| self.partial.contains_key(from) && seen.insert(from.clone()));
        }
    }

    /// Adds a target that must not be sent before `time`.
    pub(super) fn push_later(&mut self, from: F, number: u64, time: Instant) {
        self.later.push(Reverse((time, number, from)));
    }

    /// Takes the targets of one call: of a full call or, if `flush`, of the partial call with the
    /// oldest target.
    pub(super) fn take(&mut self, flush: bool, now: Instant) -> Option<(F, Vec<u64>)> {
        while let Some(Reverse((time, ..))) = self.later.peek()
            && *time <= now
            && let Some(Reverse((_, number, from))) = self.later.pop()
        {
            self.push(&from, number);
        }
        let call = self.take_full().or_else(|| if flush { self.take_partial() } else { None })?;
        if self.exclusive {
            self.busy.insert(call.0.clone());
        }
        Some(call)
    }

    fn take_full(&mut self) -> Option<(F, Vec<u64>)> {
        let at = self.full.iter().position(|(from, _)| !self.busy.contains(from))?;
        self.full.remove(at)
    }

    fn take_partial(&mut self) -> Option<(F, Vec<u64>)> {
        while self.order.front().is_some_and(|from| !self.partial.contains_key(from)) {
            self.order.pop_front();
        }
        let can_send = |from: &F| self.partial.contains_key(from) && !self.busy.contains(from);
        let from = self.order.iter().position(can_send).and_then(|at| self.order.remove(at))?;
        self.partial.remove_entry(&from)
    }

    /// Reports that the call with this user has ended.
    pub(super) fn release(&mut self, from: &F) {
        self.busy.remove(from);
    }

    /// Whether there is a partial call that can be sent.
    pub(super) fn has_partial(&self) -> bool {
        self.partial.keys().any(|from| !self.busy.contains(from))
    }

    /// The time of the next retry, if a target waits for one.
    pub(super) fn next_time(&self) -> Option<Instant> {
        self.later.peek().map(|Reverse((time, ..))| *time)
    }

    /// Removes and returns all targets.
    pub(super) fn drain(&mut self) -> Vec<u64> {
        self.order.clear();
        let later = std::mem::take(&mut self.later).into_iter().map(|Reverse((_, number, _))| number);
        let calls = self.full.drain(..).chain(self.partial.drain());
        calls.flat_map(|(_, numbers)| numbers).chain(later).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tim_types::UserId;

    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn full_calls_are_sent_first_and_partial_ones_when_flushed() {
        let (mut queue, now) = (Queue::<UserId>::new(2, false), now());
        for (number, from) in ["a", "b", "c", "b", "a", "a"].into_iter().enumerate() {
            queue.push(&from.into(), number as u64);
        }
        assert_eq!(queue.take(false, now), Some(("b".into(), vec![1, 3])));
        assert_eq!(queue.take(false, now), Some(("a".into(), vec![0, 4])));
        assert_eq!(queue.take(false, now), None);
        assert_eq!(queue.take(true, now), Some(("a".into(), vec![5])));
        assert_eq!(queue.take(true, now), Some(("c".into(), vec![2])));
        assert_eq!(queue.take(true, now), None);
    }

    #[test]
    fn stale_users_are_removed() {
        let (mut queue, now) = (Queue::<UserId>::new(2, false), now());
        for number in 0..10_000 {
            queue.push(&"a".into(), number);
            queue.take(false, now);
        }
        assert!(queue.order.len() < 20, "{}", queue.order.len());
    }

    #[test]
    fn stale_users_are_never_the_majority_of_a_long_list() {
        for users in 1..=101 {
            let mut queue = Queue::<UserId>::new(2, false);
            for number in 0..2 * users {
                queue.push(&(number % users).to_string().as_str().into(), number);
                let (all, partial) = (queue.order.len(), queue.partial.len());
                assert!(all <= 2 * partial + 16, "{all} users for {partial} calls after {number} of {users}");
            }
        }
    }

    #[test]
    fn a_target_that_has_to_wait_is_not_sent_before_its_time() {
        let (mut queue, now) = (Queue::<UserId>::new(2, false), now());
        let later = now + std::time::Duration::from_secs(1);
        queue.push_later("a".into(), 7, later);
        assert_eq!((queue.take(true, now), queue.next_time()), (None, Some(later)));
        assert_eq!(queue.take(true, later), Some(("a".into(), vec![7])));
        queue.push_later("a".into(), 8, later);
        queue.push(&"b".into(), 9);
        let mut rest = queue.drain();
        rest.sort_unstable();
        assert_eq!((rest, queue.take(true, later)), (vec![8, 9], None));
    }

    #[test]
    fn exclusive_calls_of_a_user_do_not_overlap() {
        let (mut queue, now) = (Queue::<UserId>::new(2, true), now());
        for (number, from) in ["a", "a", "a", "a", "b", "a"].into_iter().enumerate() {
            queue.push(&from.into(), number as u64);
        }
        assert_eq!(queue.take(true, now), Some(("a".into(), vec![0, 1])));
        assert_eq!(queue.take(true, now), Some(("b".into(), vec![4])));
        assert_eq!((queue.take(true, now), queue.has_partial()), (None, false));
        queue.release(&"a".into());
        assert_eq!(queue.take(true, now), Some(("a".into(), vec![2, 3])));
        queue.release(&"a".into());
        assert_eq!(queue.take(true, now), Some(("a".into(), vec![5])));
    }
}
