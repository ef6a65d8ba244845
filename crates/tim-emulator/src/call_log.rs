//! The log of the calls that came in: for assertions, for exports, and for clients that watch.

mod export;
mod filter;
mod har;
mod message;
mod on_call;
mod record;
#[cfg(test)]
mod testing;
mod waiting;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;

use crate::lock::locked;
pub use export::CallFormat;
pub use filter::CallFilter;
pub use message::{RecordedRequest, RecordedResponse};
pub(crate) use on_call::OnCall;
pub use record::CallRecord;
pub(crate) use record::{NewCall, Request, Response};
pub use waiting::WaitTimeout;
use waiting::Waiter;

/// The last calls. Older ones make room. Watchers get each new one.
#[derive(Debug)]
pub(crate) struct CallLog {
    state: Mutex<State>,
    watchers: broadcast::Sender<Option<Arc<CallRecord>>>,
    on_call: Option<OnCall>,
}

/// What a watcher gets: each new call, and `None` when no more will come.
pub(crate) type Watch = broadcast::Receiver<Option<Arc<CallRecord>>>;

#[derive(Debug)]
struct State {
    kept: Kept,
    last_number: u64,
    waiters: Vec<Waiter>,
    last_waiter: u64,
}

impl CallLog {
    /// A watcher that is so many calls behind loses the oldest of them.
    const MAX_BEHIND: usize = 64;

    pub(crate) fn new(max_calls: usize) -> Self {
        let state = State { kept: Kept::new(max_calls), last_number: 0, waiters: Vec::new(), last_waiter: 0 };
        Self { state: Mutex::new(state), watchers: broadcast::Sender::new(Self::MAX_BEHIND), on_call: None }
    }

    /// Calls a function with each new call.
    pub(crate) fn on_call(self, on_call: Option<OnCall>) -> Self {
        Self { on_call, ..self }
    }

    pub(crate) fn push(&self, call: NewCall<'_>) {
        // Before the lock, because it copies the bodies.
        let mut call = CallRecord::new(call);
        let mut state = locked(&self.state);
        state.last_number += 1;
        call.number = state.last_number;
        let call = Arc::new(call);
        state.kept.push(Arc::clone(&call));
        for waiter in &mut state.waiters {
            waiter.offer(&call);
        }
        // Sent under the lock, so that watchers get them in order. It fails when nobody watches.
        let _ = self.watchers.send(Some(Arc::clone(&call)));
        drop(state);
        // After the lock, so that the function can read the log.
        if let Some(on_call) = &self.on_call {
            on_call.call(&call);
        }
    }

    /// All that are kept, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<CallRecord>> {
        locked(&self.state).kept.calls.iter().cloned().collect()
    }

    /// Those that match, oldest first.
    pub(crate) fn matching(&self, filter: &CallFilter) -> Vec<Arc<CallRecord>> {
        let state = locked(&self.state);
        let newest_first = state.kept.calls.iter().rev().filter(|call| filter.matches(call));
        let mut calls: Vec<_> = newest_first.take(filter.last.unwrap_or(usize::MAX)).cloned().collect();
        calls.reverse();
        calls
    }

    pub(crate) fn len(&self) -> usize {
        locked(&self.state).kept.calls.len()
    }

    pub(crate) fn clear(&self) {
        let mut state = locked(&self.state);
        state.kept.calls.clear();
        state.kept.bytes = 0;
    }

    /// Every call from now on.
    pub(crate) fn watch(&self) -> Watch {
        self.watchers.subscribe()
    }

    /// Tells watchers that this is the end, and ends each wait.
    pub(crate) fn end(&self) {
        let _ = self.watchers.send(None);
        for waiter in &mut locked(&self.state).waiters {
            waiter.give_up();
        }
    }

    /// The number of the newest call so far.
    pub(crate) fn last_number(&self) -> u64 {
        locked(&self.state).last_number
    }

    /// The first call that matches, of those with a number above `after` and up to `until`.
    pub(crate) fn next_match(&self, filter: &CallFilter, after: u64, until: u64) -> Option<Arc<CallRecord>> {
        let state = locked(&self.state);
        let calls = &state.kept.calls;
        let start = calls.partition_point(|call| call.number <= after);
        let candidates = calls.iter().skip(start).take_while(|call| call.number <= until);
        candidates.into_iter().find(|call| filter.matches(call)).cloned()
    }
}

/// Calls in their order, bounded in number and in bytes.
#[derive(Debug)]
struct Kept {
    max_calls: usize,
    calls: VecDeque<Arc<CallRecord>>,
    bytes: usize,
}

impl Kept {
    /// The memory that calls take, with their headers and bodies.
    const MAX_BYTES: usize = 16 * 1024 * 1024;

    fn new(max_calls: usize) -> Self {
        Self { max_calls, calls: VecDeque::new(), bytes: 0 }
    }

    fn push(&mut self, call: Arc<CallRecord>) {
        self.bytes += call.size();
        self.calls.push_back(call);
        while self.calls.len() > self.max_calls || self.bytes > Self::MAX_BYTES {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

#[cfg(test)]
mod tests;
