//! The log of received calls. Tests check it, exports write it, and clients watch it.

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

/// The latest calls, in a limited number and size. Watchers get each new call.
#[derive(Debug)]
pub(crate) struct CallLog {
    state: Mutex<State>,
    watchers: broadcast::Sender<Option<Arc<CallRecord>>>,
    on_call: Option<OnCall>,
}

/// Receives each new call, and `None` when the server stops.
pub(crate) type Watch = broadcast::Receiver<Option<Arc<CallRecord>>>;

#[derive(Debug)]
struct State {
    kept: Kept,
    last_number: u64,
    waiters: Vec<Waiter>,
    last_waiter: u64,
}

impl CallLog {
    /// The maximum number of calls that wait for a watcher. A slower watcher loses the oldest of
    /// them.
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
        // Copies the bodies before it takes the lock.
        let mut call = CallRecord::new(call);
        let mut state = locked(&self.state);
        state.last_number += 1;
        call.number = state.last_number;
        let call = Arc::new(call);
        state.kept.push(Arc::clone(&call));
        for waiter in &mut state.waiters {
            waiter.offer(&call);
        }
        // Sends under the lock, so that watchers get the calls in order. Fails if there are no
        // watchers.
        let _ = self.watchers.send(Some(Arc::clone(&call)));
        drop(state);
        // Runs after the lock is released, so that the function can read the log.
        if let Some(on_call) = &self.on_call {
            on_call.call(&call);
        }
    }

    /// Returns all calls in the log, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<CallRecord>> {
        locked(&self.state).kept.calls.iter().cloned().collect()
    }

    /// Returns the calls that match, oldest first.
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

    /// Returns a receiver of all later calls.
    pub(crate) fn watch(&self) -> Watch {
        self.watchers.subscribe()
    }

    /// Ends all watchers and all waits, because the server stops.
    pub(crate) fn end(&self) {
        let _ = self.watchers.send(None);
        for waiter in &mut locked(&self.state).waiters {
            waiter.give_up();
        }
    }

    /// Returns the number of the newest call.
    pub(crate) fn last_number(&self) -> u64 {
        locked(&self.state).last_number
    }

    /// Returns the first call that matches and has a number above `after` and at most `until`.
    pub(crate) fn next_match(&self, filter: &CallFilter, after: u64, until: u64) -> Option<Arc<CallRecord>> {
        let state = locked(&self.state);
        let calls = &state.kept.calls;
        let start = calls.partition_point(|call| call.number <= after);
        let candidates = calls.iter().skip(start).take_while(|call| call.number <= until);
        candidates.into_iter().find(|call| filter.matches(call)).cloned()
    }
}

/// Calls in order. Their number and their size in memory are limited.
#[derive(Debug)]
struct Kept {
    max_calls: usize,
    calls: VecDeque<Arc<CallRecord>>,
    bytes: usize,
}

impl Kept {
    /// The maximum memory of the calls, with their headers and bodies.
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
