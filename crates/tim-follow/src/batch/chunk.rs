//! Targets that wait for a call, gathered by the user in `From_Account`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use tim_types::UserId;

/// Targets of one user, by their numbers: what one call takes.
pub(crate) type Chunk = (UserId, Vec<u64>);

/// Targets that are to be sent, and those that have to wait for a while.
#[derive(Debug)]
pub(crate) struct Queue {
    /// How many targets one call takes.
    most: usize,
    full: VecDeque<Chunk>,
    /// The lines that are not full yet.
    lines: HashMap<UserId, Vec<u64>>,
    /// Whose line was begun when. A line that became full leaves its name behind.
    order: VecDeque<UserId>,
    later: BinaryHeap<Reverse<(Instant, u64, UserId)>>,
}

impl Queue {
    pub(crate) fn new(most: usize) -> Self {
        let (full, order) = (VecDeque::new(), VecDeque::new());
        Self { most, full, lines: HashMap::new(), order, later: BinaryHeap::new() }
    }

    pub(crate) fn push(&mut self, from: &UserId, number: u64) {
        let Some(line) = self.lines.get_mut(from) else {
            self.lines.insert(from.clone(), vec![number]);
            return self.order.push_back(from.clone());
        };
        line.push(number);
        if line.len() >= self.most {
            self.full.extend(self.lines.remove_entry(from));
            self.forget_stale_names();
        }
    }

    /// Keeps the names of lines that are there, each once, when most of them are not.
    fn forget_stale_names(&mut self) {
        if self.order.len() > 2 * self.lines.len() + 16 {
            let mut seen = HashSet::new();
            self.order.retain(|from| self.lines.contains_key(from) && seen.insert(from.clone()));
        }
    }

    /// Puts a target back that is not to be sent before `time`.
    pub(crate) fn push_later(&mut self, from: UserId, number: u64, time: Instant) {
        self.later.push(Reverse((time, number, from)));
    }

    /// Targets for one call: a full line, or when `flush` the one that was begun first.
    pub(crate) fn take(&mut self, flush: bool, now: Instant) -> Option<Chunk> {
        while let Some(Reverse((time, ..))) = self.later.peek()
            && *time <= now
            && let Some(Reverse((_, number, from))) = self.later.pop()
        {
            self.push(&from, number);
        }
        if let Some(chunk) = self.full.pop_front() {
            return Some(chunk);
        }
        while flush && let Some(from) = self.order.pop_front() {
            if let Some(chunk) = self.lines.remove_entry(&from) {
                return Some(chunk);
            }
        }
        None
    }

    /// Whether there is a line that is not full yet.
    pub(crate) fn has_begun(&self) -> bool {
        !self.lines.is_empty()
    }

    /// When the next of those that wait may be sent.
    pub(crate) fn next_time(&self) -> Option<Instant> {
        self.later.peek().map(|Reverse((time, ..))| *time)
    }

    /// Takes everything out.
    pub(crate) fn drain(&mut self) -> Vec<u64> {
        let Self { full, lines, later, .. } = std::mem::replace(self, Self::new(self.most));
        let later = later.into_iter().map(|Reverse((_, number, _))| number);
        full.into_iter().chain(lines).flat_map(|(_, numbers)| numbers).chain(later).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn full_lines_go_first_and_the_others_when_there_is_no_more() {
        let (mut queue, now) = (Queue::new(2), now());
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
    fn names_of_lines_that_went_do_not_pile_up() {
        let (mut queue, now) = (Queue::new(2), now());
        for number in 0..10_000 {
            queue.push(&"a".into(), number);
            queue.take(false, now);
        }
        assert!(queue.order.len() < 20, "{}", queue.order.len());
    }

    #[test]
    fn who_has_to_wait_is_not_sent_before_its_time() {
        let (mut queue, now) = (Queue::new(2), now());
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
}
