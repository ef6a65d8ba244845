//! Batches of the blocking client.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tim_transport::{TransportError, TransportErrorKind};
use tim_types::{Batch, BatchTemplate};

use super::Client;
use crate::batch::{BatchAction, BatchItem, CallResult, Chunk, DEFAULT_IN_FLIGHT, Scheduler, stop_if_fatal};
use crate::engine::Stop;
use crate::trace::Context;
use crate::{Error, ErrorKind};

/// The outcomes of a batch, in the order of its targets. An iterator, which collects into a
/// [`BatchReport`](crate::BatchReport). Created by [`Client::batch`](super::Client::batch).
///
/// When `next` needs outcomes, it sends up to 32 calls at once ([`in_flight`](Self::in_flight)),
/// each on a thread of its own, and waits for all of them. The threads end before `next` returns.
///
/// # Panics
/// `next` panics if a transport, rate limiter or observer of yours panics. If you catch the panic,
/// the batch can continue: the targets of that call are [`Unknown`](crate::Outcome::Unknown).
#[derive(Debug)]
#[must_use = "a batch sends nothing until its outcomes are taken"]
pub struct Outcomes<T: BatchTemplate, I> {
    client: Client,
    scheduler: Scheduler<T>,
    input: I,
}

type EndedCall<R> = (Chunk<R>, CallResult<R>);
type Panic = Box<dyn Any + Send>;

impl<T: BatchTemplate, I> Outcomes<T, I> {
    pub(crate) fn new(client: Client, template: T, input: I) -> Self {
        let scheduler = Scheduler::new(template, DEFAULT_IN_FLIGHT, client.options);
        Self { client, scheduler, input }
    }

    /// Sets the maximum number of calls in flight. 0 counts as 1, and more than 1000 as 1000.
    ///
    /// The default is 32. Memory and the number of threads grow with this number. If the system
    /// cannot start that many threads, fewer calls run at once.
    pub fn in_flight(self, calls: usize) -> Self {
        Self { scheduler: self.scheduler.with_in_flight(calls), ..self }
    }

    /// Stops the batch: it takes no further target and starts no further call.
    ///
    /// Targets that were taken but not sent are [`NotAttempted`](crate::Outcome::NotAttempted);
    /// targets that wait for a retry keep the outcome of their last response. The iterator still
    /// returns these outcomes.
    pub fn stop(&mut self) {
        self.scheduler.stop();
    }

    /// Returns why the batch starts no further call; see [`crate::Outcomes::stopped_by`].
    pub fn stopped_by(&self) -> Option<&Error> {
        self.scheduler.stopped_by()
    }

    /// Sends all calls that can be sent and waits for their responses. If there is none, waits
    /// until one can be sent.
    fn round(&mut self) {
        let mut calls = Vec::new();
        loop {
            match self.scheduler.next_action(self.client.now().instant, false) {
                BatchAction::Call(chunk, request) => calls.push((chunk, request)),
                BatchAction::Wait(until) if calls.is_empty() => return self.client.sleep_until(until),
                BatchAction::Wait(_) | BatchAction::Idle => break,
            }
        }
        let mut first_panic = None;
        for ((chunk, result), panic) in send_all(&self.client, &self.scheduler.stop_signal(), calls) {
            self.scheduler.on_response(chunk, result, self.client.now().instant);
            first_panic = first_panic.or(panic);
        }
        if let Some(panic) = first_panic {
            resume_unwind(panic);
        }
    }
}

/// Sends each call on a thread of its own, and one of them on this thread. Uses fewer threads if
/// the system cannot start more.
fn send_all<R: Batch>(client: &Client, stop: &Stop, calls: Vec<(Chunk<R>, R)>) -> Vec<(EndedCall<R>, Option<Panic>)> {
    let others = calls.len().saturating_sub(1);
    let calls = Mutex::new(calls.into_iter());
    let next = || calls.lock().unwrap_or_else(PoisonError::into_inner).next();
    let send = || {
        let send = |(chunk, request)| send_one(client, stop, chunk, request);
        std::iter::from_fn(next).map(send).collect::<Vec<_>>()
    };
    let context = Context::current();
    let send_in_context = || context.enter(send);
    thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, send_in_context).ok();
        let threads: Vec<_> = (0..others).map_while(spawn).collect();
        let mut ended = send();
        for thread in threads {
            ended.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        ended
    })
}

/// Sends one call. Catches a panic, so that the results of the other calls are kept.
fn send_one<R: Batch>(client: &Client, stop: &Stop, chunk: Chunk<R>, request: R) -> (EndedCall<R>, Option<Panic>) {
    match catch_unwind(AssertUnwindSafe(|| client.send_until(request, stop))) {
        Ok(result) => ((chunk, result.map_err(|error| stop_if_fatal(stop, error))), None),
        Err(panic) => {
            let kind = ErrorKind::Transport(TransportError::new(TransportErrorKind::Lost, "the call panicked"));
            ((chunk, Err(Arc::new(Error::new(R::SERVICE, R::COMMAND, 1, kind)))), Some(panic))
        }
    }
}

impl<T: BatchTemplate, I: Iterator<Item: Into<T::Target>>> Iterator for Outcomes<T, I> {
    type Item = BatchItem<T::Request>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.scheduler.has_room() {
                match self.input.next() {
                    Some(target) => self.scheduler.push(target.into()),
                    None => self.scheduler.end_input(),
                }
            }
            if let Some(item) = self.scheduler.pop() {
                return Some(item);
            }
            if self.scheduler.is_over() {
                return None;
            }
            self.round();
        }
    }
}
