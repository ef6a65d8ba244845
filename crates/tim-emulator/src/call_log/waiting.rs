//! Waits until matching calls arrive.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
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
        let waiting = Waiting::start(self, filter);
        let mut found = Found { count, matched: 0, kept: Kept::new(usize::MAX) };
        let mut after = 0;
        while !found.is_enough() {
            let calls = self.oldest(after, waiting.after, Self::CHUNK);
            let Some(last) = calls.last() else { break };
            after = last.number;
            found.add(filter.select(calls).await);
        }
        let mut timeout = pin!(timeout);
        let mut is_over = false;
        while !found.is_enough() {
            let offered = waiting.take();
            found.add(filter.select(offered.calls.into()).await);
            if found.is_enough() || is_over {
                break;
            }
            // After the timeout, a last round takes the calls that came during the search.
            is_over = offered.is_last;
            tokio::select! {
                () = waiting.changed.notified(), if !is_over => {}
                () = &mut timeout, if !is_over => is_over = true,
                else => {}
            }
        }
        Matched { is_enough: found.is_enough(), matched: found.matched, calls: found.kept.calls.into() }
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

/// The calls that a wait has found.
struct Found {
    /// The wanted number of calls.
    count: usize,
    matched: usize,
    kept: Kept,
}

impl Found {
    fn is_enough(&self) -> bool {
        self.matched == self.count
    }

    fn add(&mut self, calls: Vec<Arc<CallRecord>>) {
        for call in calls.into_iter().take(self.count.saturating_sub(self.matched)) {
            self.matched += 1;
            self.kept.push(call);
        }
    }
}

/// A wait that is in progress. The log offers it each new call, so it does not miss a call that
/// leaves the log soon. The wait searches for its text later, without the lock of the log.
#[derive(Debug)]
pub(super) struct Waiter {
    id: u64,
    filter: CallFilter,
    /// If the calls take more than 16 MiB before the wait takes them, only the newest are kept.
    offered: Kept,
    is_ended: bool,
    changed: Arc<Notify>,
}

impl Waiter {
    pub(super) fn offer(&mut self, call: &Arc<CallRecord>) {
        if self.filter.matches_fields(call) {
            self.offered.push(Arc::clone(call));
            self.changed.notify_one();
        }
    }

    /// Ends the wait with the calls that were found.
    pub(super) fn give_up(&mut self) {
        self.is_ended = true;
        self.changed.notify_one();
    }
}

/// The calls that a wait takes.
#[derive(Default)]
struct Offered {
    calls: VecDeque<Arc<CallRecord>>,
    /// Whether the log offers no further calls.
    is_last: bool,
}

/// Removes its [`Waiter`] when it is dropped.
struct Waiting<'a> {
    log: &'a CallLog,
    id: u64,
    /// The number of the newest call at the start. The log offers all later calls.
    after: u64,
    changed: Arc<Notify>,
}

impl<'a> Waiting<'a> {
    fn start(log: &'a CallLog, filter: &CallFilter) -> Self {
        let changed = Arc::new(Notify::new());
        let mut state = locked(&log.state);
        state.last_waiter += 1;
        let (id, after) = (state.last_waiter, state.last_number);
        state.waiters.push(Waiter {
            id,
            filter: filter.clone(),
            offered: Kept::new(usize::MAX),
            is_ended: false,
            changed: Arc::clone(&changed),
        });
        Self { log, id, after, changed }
    }

    /// Takes the calls that were offered since the last time.
    fn take(&self) -> Offered {
        let mut state = locked(&self.log.state);
        let Some(waiter) = state.waiters.iter_mut().find(|waiter| waiter.id == self.id) else {
            return Offered { is_last: true, ..Offered::default() };
        };
        Offered { calls: mem::replace(&mut waiter.offered, Kept::new(usize::MAX)).calls, is_last: waiter.is_ended }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        locked(&self.log.state).waiters.retain(|waiter| waiter.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::mpsc;
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

    /// The only blocking thread is busy, so only a search on the thread of the runtime ends at
    /// once.
    #[test]
    fn a_search_for_a_text_uses_neither_the_thread_of_the_runtime_nor_the_lock() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let _entered = runtime.enter();
        let (release, released) = mpsc::channel::<()>();
        runtime.spawn_blocking(move || released.recv());
        let log = CallLog::new(10);
        log.push(call().new_call());
        let filter = CallFilter::new().text("carol");
        let mut wait = pin!(log.wait(&filter, 1, pending()));
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        log.push(call().new_call());
        release.send(()).unwrap();
        assert_eq!(numbers(&runtime.block_on(wait)), [1]);
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
