//! The calls that ended and still hold a slot.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::later;
use crate::rate_limit::pace::WINDOW;

#[derive(Debug, Default)]
pub(super) struct Ended {
    /// When the responses arrived, oldest first. When their slots become free depends on the
    /// smallest round trip that is known by then.
    responses: VecDeque<Instant>,
    /// When the slots of the calls without a response become free, earliest first. Such a call may
    /// have been counted when it ended, however long the round trip is.
    no_responses: VecDeque<Instant>,
}

impl Ended {
    pub(super) fn len(&self) -> usize {
        self.responses.len() + self.no_responses.len()
    }

    /// A response arrived at `at`.
    pub(super) fn on_response(&mut self, at: Instant) {
        insert(&mut self.responses, at);
    }

    /// A call ended without a response at `at`.
    pub(super) fn on_no_response(&mut self, at: Instant) {
        insert(&mut self.no_responses, later(at, WINDOW));
    }

    /// Forgets the calls whose slots are free at `now`.
    pub(super) fn free_slots(&mut self, now: Instant, round_trip: Duration) {
        while self.responses.front().is_some_and(|ended| free_at(*ended, round_trip) <= now) {
            self.responses.pop_front();
        }
        while self.no_responses.front().is_some_and(|free| *free <= now) {
            self.no_responses.pop_front();
        }
    }

    /// When the slot with this index becomes free. Index 0 is the slot that becomes free first.
    pub(super) fn free_at(&self, index: usize, round_trip: Duration) -> Option<Instant> {
        if self.no_responses.is_empty() {
            return self.responses.get(index).map(|ended| free_at(*ended, round_trip));
        }
        let mut responses = self.responses.iter().map(|ended| free_at(*ended, round_trip)).peekable();
        let mut no_responses = self.no_responses.iter().copied().peekable();
        let in_order = std::iter::from_fn(|| match (responses.peek(), no_responses.peek()) {
            (Some(response), Some(other)) if response > other => no_responses.next(),
            (None, _) => no_responses.next(),
            _ => responses.next(),
        });
        in_order.take(self.len()).nth(index)
    }
}

/// When the slot of a call becomes free if its response arrived at `ended`.
///
/// The response arrives at least the shortest way back after the service counted the call. The next
/// call takes at least the shortest way there. Both ways together are the smallest round trip. So a
/// call that is sent a window later, less the smallest round trip, is counted at least a window
/// after this one.
pub(super) fn free_at(ended: Instant, round_trip: Duration) -> Instant {
    let free = later(ended, WINDOW);
    free.checked_sub(round_trip).unwrap_or(free)
}

/// Inserts `at` in order. Threads read the clock before they take the lock, so times can arrive
/// slightly out of order.
fn insert(times: &mut VecDeque<Instant>, at: Instant) {
    let index = times.partition_point(|other| *other <= at);
    times.insert(index, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_become_free_in_the_order_of_time() {
        #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut ended = Ended::default();
        // Threads report slightly out of order.
        [30, 0, 20].into_iter().for_each(|ms| ended.on_response(at(ms)));
        let in_order =
            |ended: &Ended| (0..=ended.len()).map(|slot| ended.free_at(slot, Duration::ZERO)).collect::<Vec<_>>();
        let free = |times: &[u64]| times.iter().map(|ms| Some(at(*ms) + WINDOW)).chain([None]).collect::<Vec<_>>();
        assert_eq!(in_order(&ended), free(&[0, 20, 30]));
        [40, 10].into_iter().for_each(|ms| ended.on_no_response(at(ms)));
        assert_eq!(in_order(&ended), free(&[0, 10, 20, 30, 40]));
        ended.free_slots(at(20) + WINDOW, Duration::ZERO);
        assert_eq!(in_order(&ended), free(&[30, 40]));
    }
}
