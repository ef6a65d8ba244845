//! Waits until matching calls arrive.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::{CallFilter, CallLog, CallRecord, Kept};
use crate::lock::locked;

/// The result of a wait.
#[derive(Debug)]
pub(crate) struct Matched {
    /// The calls that matched, oldest first. If they take more than 16 MiB, only the newest are
    /// kept.
    pub(crate) calls: Vec<Arc<CallRecord>>,
    /// The number of calls that matched, at most the wanted number.
    pub(crate) matched: usize,
    /// Whether the wanted number of calls matched.
    pub(crate) is_enough: bool,
}

/// The error of a wait that timed out: fewer calls matched than wanted.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "timed out after {timeout:?}: {matched} of {count} calls matched ({filter}); {others}; \
     check the filter, and whether the calls were sent to this emulator"
)]
pub struct WaitTimeout {
    filter: String,
    count: usize,
    timeout: Duration,
    matched: usize,
    others: String,
}

impl WaitTimeout {
    /// The maximum number of calls that the error lists because they did not match.
    const MAX_OTHERS: usize = 5;

    /// Returns the error of a wait that ended because the server stopped.
    pub(crate) fn stopped(filter: &CallFilter, count: usize, timeout: Duration) -> Self {
        let others = "the emulator has stopped".to_owned();
        Self { filter: filter.to_string(), count, timeout, matched: 0, others }
    }

    /// Returns the number of calls that matched.
    pub fn matched(&self) -> usize {
        self.matched
    }
}

impl CallLog {
    /// Waits until `count` calls match, or until `timeout` ends. Calls that are already in the log
    /// count too. Works on any runtime.
    pub(crate) async fn wait(&self, filter: &CallFilter, count: usize, timeout: impl Future<Output = ()>) -> Matched {
        let (waiting, done) = Waiting::start(self, filter, count);
        tokio::select! {
            _ = done => {}
            () = timeout => {}
        }
        waiting.finish()
    }

    /// Like [`wait`](Self::wait), on a tokio runtime with a timer.
    pub(crate) async fn wait_for(
        &self,
        filter: &CallFilter,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<CallRecord>, WaitTimeout> {
        let Matched { calls, matched, is_enough } = self.wait(filter, count, sleep(timeout)).await;
        if is_enough {
            return Ok(calls.iter().map(|call| CallRecord::clone(call)).collect());
        }
        Err(self.timed_out(filter, count, timeout, matched))
    }

    /// Returns the error of a wait in which only `matched` calls matched.
    pub(crate) fn timed_out(
        &self,
        filter: &CallFilter,
        count: usize,
        timeout: Duration,
        matched: usize,
    ) -> WaitTimeout {
        WaitTimeout { filter: filter.to_string(), count, timeout, matched, others: self.others(filter) }
    }

    /// Describes the latest calls that do not match.
    fn others(&self, filter: &CallFilter) -> String {
        let others = self.newest_first(u64::MAX).filter(|call| !filter.matches(call));
        let mut others: Vec<_> = others.take(WaitTimeout::MAX_OTHERS).map(|call| describe(&call)).collect();
        if others.is_empty() {
            return "no other call is in the log".to_owned();
        }
        others.reverse();
        format!("the last calls that did not match: {}", others.join(", "))
    }
}

/// Describes a call, for example `3 follow_add by "alice" (code 0, items 30003)`.
fn describe(call: &CallRecord) -> String {
    let mut text = format!("{} {}", call.number, call.command.unwrap_or("unknown command"));
    if let Some(user) = &call.user {
        let _ = write!(text, " by {user:?}");
    }
    let _ = match (call.code, call.status()) {
        (Some(code), _) => write!(text, " (code {code}"),
        (None, Some(status)) => write!(text, " (HTTP {status}"),
        (None, None) => write!(text, " (connection closed"),
    };
    let mut codes = call.item_codes.clone();
    codes.sort_unstable();
    codes.dedup();
    if !codes.is_empty() {
        let codes: Vec<_> = codes.iter().take(WaitTimeout::MAX_OTHERS).map(i64::to_string).collect();
        let _ = write!(text, ", items {}", codes.join(" "));
    }
    text + ")"
}

/// A wait that is in progress. The log offers it each new call, so it does not miss a call that
/// leaves the log soon.
#[derive(Debug)]
pub(super) struct Waiter {
    id: u64,
    filter: CallFilter,
    count: usize,
    matched: usize,
    found: Kept,
    /// Dropped when the wait ends.
    done: Option<oneshot::Sender<()>>,
}

impl Waiter {
    pub(super) fn offer(&mut self, call: &Arc<CallRecord>) {
        if self.matched < self.count && self.filter.matches(call) {
            self.matched += 1;
            self.found.push(Arc::clone(call));
        }
        if self.matched == self.count {
            self.give_up();
        }
    }

    /// Ends the wait with the calls that were found.
    pub(super) fn give_up(&mut self) {
        self.done = None;
    }
}

/// Removes its [`Waiter`] when it is dropped.
struct Waiting<'a> {
    log: &'a CallLog,
    id: u64,
}

impl<'a> Waiting<'a> {
    fn start(log: &'a CallLog, filter: &CallFilter, count: usize) -> (Self, oneshot::Receiver<()>) {
        let (done, finished) = oneshot::channel();
        let mut state = locked(&log.state);
        state.last_waiter += 1;
        let id = state.last_waiter;
        let mut waiter = Waiter {
            id,
            filter: filter.clone(),
            count,
            matched: 0,
            found: Kept::new(usize::MAX),
            done: (count > 0).then_some(done),
        };
        for call in &state.kept.calls {
            waiter.offer(call);
        }
        state.waiters.push(waiter);
        (Self { log, id }, finished)
    }

    fn finish(self) -> Matched {
        match self.remove() {
            Some(Waiter { found, matched, count, .. }) => {
                Matched { calls: found.calls.into(), matched, is_enough: matched == count }
            }
            None => Matched { calls: Vec::new(), matched: 0, is_enough: false },
        }
    }

    fn remove(&self) -> Option<Waiter> {
        let mut state = locked(&self.log.state);
        let at = state.waiters.iter().position(|waiter| waiter.id == self.id)?;
        Some(state.waiters.swap_remove(at))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::super::testing::call;
    use super::*;

    fn numbers(matched: &Matched) -> Vec<u64> {
        matched.calls.iter().map(|call| call.number).collect()
    }

    /// Polls once, without any runtime.
    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn calls_in_the_log_count() {
        let log = CallLog::new(10);
        for code in [0, 1, 0, 0] {
            log.push(call().code(code).new_call());
        }
        let Poll::Ready(matched) = poll(log.wait(&CallFilter::new().code(0), 2, pending())) else { panic!("waits") };
        assert_eq!((numbers(&matched), matched.is_enough), (vec![1, 3], true));
        let Poll::Ready(matched) = poll(log.wait(&CallFilter::new(), 0, pending())) else { panic!("waits") };
        assert!(matched.is_enough && matched.calls.is_empty());
    }

    #[test]
    fn a_wait_ends_with_the_call_that_was_missing() {
        let log = CallLog::new(1);
        let filter = CallFilter::new().code(0);
        let mut wait = pin!(log.wait(&filter, 3, pending()));
        let mut context = Context::from_waker(Waker::noop());
        for code in [0, 1, 0] {
            assert!(wait.as_mut().poll(&mut context).is_pending());
            log.push(call().code(code).new_call());
        }
        assert!(wait.as_mut().poll(&mut context).is_pending());
        // Two at once: the log keeps only the last one.
        log.push(call().code(0).new_call());
        log.push(call().code(1).new_call());
        let Poll::Ready(matched) = wait.as_mut().poll(&mut context) else { panic!("waits") };
        assert_eq!((numbers(&matched), matched.is_enough), (vec![1, 3, 4], true));
    }

    #[test]
    fn a_wait_ends_at_its_timeout_and_at_the_end_of_the_log() {
        let log = CallLog::new(10);
        log.push(call().new_call());
        let Poll::Ready(matched) = poll(log.wait(&CallFilter::new(), 2, ready(()))) else { panic!("waits") };
        assert_eq!((numbers(&matched), matched.is_enough), (vec![1], false));
        let filter = CallFilter::new();
        let mut wait = pin!(log.wait(&filter, 2, pending()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(wait.as_mut().poll(&mut context).is_pending());
        log.end();
        assert!(wait.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn a_wait_leaves_nothing_behind() {
        let log = CallLog::new(10);
        assert!(poll(log.wait(&CallFilter::new(), 1, pending())).is_pending());
        assert!(poll(log.wait(&CallFilter::new(), 1, ready(()))).is_ready());
        assert_eq!(locked(&log.state).waiters.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_names_the_calls_that_did_not_match() {
        let log = CallLog::new(10);
        log.push(call().code(0).new_call());
        log.push(call().code(0).item_codes(&[30003, 30001, 30003]).new_call());
        log.push(call().user("a\u{1b}").code(30001).new_call());
        let filter = CallFilter::new().user("bob");
        let error = log.wait_for(&filter, 3, Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(error.matched(), 2);
        assert_eq!(
            error.to_string(),
            "timed out after 5s: 2 of 3 calls matched (user=bob); the last calls that did not match: \
             3 follow_add by \"a\\u{1b}\" (code 30001); check the filter, and whether the calls were sent to this emulator"
        );
        let error = log.wait_for(&CallFilter::new().code(1), 1, Duration::ZERO).await.unwrap_err();
        assert!(error.to_string().contains("2 follow_add by \"bob\" (code 0, items 30001 30003), 3"), "{error}");
        log.clear();
        let error = log.wait_for(&CallFilter::new(), 1, Duration::from_secs(1)).await.unwrap_err();
        assert!(error.to_string().contains("(any call); no other call is in the log"), "{error}");
    }
}
