//! The log of received calls. Tests check it, exports write it, and clients watch it.

mod export;
mod filter;
mod har;
mod message;
mod on_call;
mod record;
mod scan;
mod summary;
#[cfg(test)]
mod testing;
mod text;
mod waiting;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;

use crate::lock::locked;
pub use export::CallFormat;
pub use filter::CallFilter;
pub(crate) use message::{BodyState, Request, Response};
pub use message::{RecordedRequest, RecordedResponse};
pub(crate) use on_call::OnCall;
pub use record::CallRecord;
pub(crate) use record::NewCall;
pub(crate) use scan::NextMatch;
pub(crate) use summary::Detail;
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

    /// Sets the maximum memory of the calls, with their headers and bodies.
    pub(crate) fn max_bytes(self, max_bytes: usize) -> Self {
        locked(&self.state).kept.max_bytes = max_bytes;
        self
    }

    /// Adds a call, and returns its record.
    pub(crate) fn push(&self, call: NewCall<'_>) -> Arc<CallRecord> {
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
        call
    }

    /// Returns all calls in the log, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<CallRecord>> {
        locked(&self.state).kept.calls.iter().cloned().collect()
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
}

/// Calls in order. Their number and their size in memory are limited.
#[derive(Debug)]
struct Kept {
    max_calls: usize,
    max_bytes: usize,
    calls: VecDeque<Arc<CallRecord>>,
    bytes: usize,
}

impl Kept {
    /// The default of the maximum memory.
    const MAX_BYTES: usize = 16 * 1024 * 1024;

    fn new(max_calls: usize) -> Self {
        Self { max_calls, max_bytes: Self::MAX_BYTES, calls: VecDeque::new(), bytes: 0 }
    }

    fn push(&mut self, call: Arc<CallRecord>) {
        self.bytes += call.size();
        self.calls.push_back(call);
        while self.calls.len() > self.max_calls || self.bytes > self.max_bytes {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }
}

#[cfg(test)]
mod tests;
