//! Reads calls from the log in chunks. The lock is not held while calls are matched with a filter,
//! because a search for a text can take longer than a call.

use std::sync::Arc;

use super::{CallFilter, CallLog, CallRecord};
use crate::lock::locked;

/// The next call that matches.
#[derive(Debug, Default)]
pub(crate) struct NextMatch {
    pub(crate) call: Option<Arc<CallRecord>>,
    /// The number of calls before it that have left the log, so they were not matched.
    pub(crate) lost: u64,
}

impl CallLog {
    /// The maximum number of calls that are copied while the lock is held.
    pub(super) const CHUNK: usize = 256;

    /// Returns the call with this number.
    pub(crate) fn get(&self, number: u64) -> Option<Arc<CallRecord>> {
        self.oldest(number.checked_sub(1)?, number, 1).pop()
    }

    /// Returns the calls that match, oldest first.
    pub(crate) fn matching(&self, filter: &CallFilter) -> Vec<Arc<CallRecord>> {
        let mut calls: Vec<_> = self.newest_matches(filter).collect();
        calls.reverse();
        calls
    }

    /// Returns the calls that match, newest first.
    pub(super) fn newest_matches<'a>(&'a self, filter: &'a CallFilter) -> impl Iterator<Item = Arc<CallRecord>> {
        let before = filter.before.unwrap_or(u64::MAX);
        let matches = self.newest_first(before).filter(|call| filter.matches(call));
        matches.take(filter.last.unwrap_or(usize::MAX))
    }

    /// Returns the calls with a number below `before`, newest first.
    pub(super) fn newest_first(&self, mut before: u64) -> impl Iterator<Item = Arc<CallRecord>> {
        let chunks = std::iter::from_fn(move || {
            let chunk = self.newest(before, Self::CHUNK);
            before = chunk.last()?.number;
            Some(chunk)
        });
        chunks.flatten()
    }

    /// Returns the first call that matches and has a number above `after` and at most `until`.
    pub(crate) fn next_match(&self, filter: &CallFilter, mut after: u64, until: u64) -> NextMatch {
        let until = filter.before.map_or(until, |before| until.min(before.saturating_sub(1)));
        let mut lost = 0;
        // Most calls match a usual filter, so the first chunk is one call.
        let mut size = 1;
        loop {
            let chunk = self.oldest(after, until, size);
            if chunk.is_empty() {
                return NextMatch { call: None, lost: lost + until.saturating_sub(after) };
            }
            for call in chunk {
                lost += call.number - after - 1;
                after = call.number;
                if filter.matches(&call) {
                    return NextMatch { call: Some(call), lost };
                }
            }
            size = Self::CHUNK.min(size * 2);
        }
    }

    /// Copies the oldest calls with a number above `after` and at most `until`, oldest first.
    pub(super) fn oldest(&self, after: u64, until: u64, count: usize) -> Vec<Arc<CallRecord>> {
        let state = locked(&self.state);
        let calls = &state.kept.calls;
        let start = calls.partition_point(|call| call.number <= after);
        calls.range(start..).take(count).take_while(|call| call.number <= until).cloned().collect()
    }

    /// Copies the newest calls with a number below `before`, newest first.
    fn newest(&self, before: u64, count: usize) -> Vec<Arc<CallRecord>> {
        let state = locked(&self.state);
        let calls = &state.kept.calls;
        let end = calls.partition_point(|call| call.number < before);
        calls.range(end.saturating_sub(count)..end).rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    fn numbers(calls: impl IntoIterator<Item = Arc<CallRecord>>) -> Vec<u64> {
        calls.into_iter().map(|call| call.number).collect()
    }

    /// Keeps the calls 101 to 1000; each tenth call has code 7.
    fn log() -> CallLog {
        let log = CallLog::new(900);
        for number in 1..=1000 {
            log.push(call().code(if number % 10 == 0 { 7 } else { 0 }).new_call());
        }
        log
    }

    #[test]
    fn matches_are_found_across_chunks() {
        let log = log();
        let expected: Vec<_> = (110..=1000).step_by(10).collect();
        assert_eq!(numbers(log.matching(&CallFilter::new().code(7))), expected);
        assert_eq!(numbers(log.matching(&CallFilter::new())), (101..=1000).collect::<Vec<_>>());
        assert_eq!(numbers(log.matching(&CallFilter::new().code(7).before(700).last(2))), [680, 690]);
        assert_eq!(numbers(log.matching(&CallFilter::new().before(103))), [101, 102]);
        assert_eq!(numbers(log.matching(&CallFilter::new().before(0))), Vec::<u64>::new());
        let mut after = 0;
        let one_by_one = std::iter::from_fn(|| {
            let call = log.next_match(&CallFilter::new().code(7), after, 995).call?;
            after = call.number;
            Some(call)
        });
        assert_eq!(numbers(one_by_one), expected[..expected.len() - 1]);
    }

    #[test]
    fn calls_that_left_the_log_are_counted() {
        let log = log();
        let next = |filter: CallFilter, after, until| {
            let next = log.next_match(&filter, after, until);
            (next.call.map(|call| call.number), next.lost)
        };
        assert_eq!(next(CallFilter::new(), 100, 1000), (Some(101), 0));
        assert_eq!(next(CallFilter::new(), 90, 1000), (Some(101), 10));
        assert_eq!(next(CallFilter::new().code(7), 90, 1000), (Some(110), 10));
        assert_eq!(next(CallFilter::new().code(8), 90, 1000), (None, 10));
        assert_eq!(next(CallFilter::new(), 90, 95), (None, 5));
        assert_eq!(next(CallFilter::new(), 1000, 1000), (None, 0));
        assert_eq!(next(CallFilter::new().code(7).before(110), 105, 1000), (None, 0));
    }

    #[test]
    fn a_call_has_one_number() {
        let log = log();
        assert_eq!(log.get(101).unwrap().number, 101);
        assert_eq!(log.get(1000).unwrap().number, 1000);
        assert!([0, 1, 100, 1001, u64::MAX].iter().all(|number| log.get(*number).is_none()));
    }
}
