//! A batch through the blocking client.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tim_transport::{TransportError, TransportErrorKind};
use tim_types::{Batch, UserId};

use super::Client;
use crate::batch::{BatchAction, BatchItem, Scheduler, stop_if_fatal};
use crate::client::DEFAULT_IN_FLIGHT;
use crate::engine::Stop;
use crate::trace::Context;
use crate::{Error, ErrorKind};

/// What becomes of the targets of a batch, in their order: an iterator, which collects into a
/// [`BatchReport`](crate::BatchReport).
///
/// When it has to, `next` sends up to 32 calls at once ([`in_flight`](Self::in_flight)), each on a thread of its own, and
/// waits for all of them; between two calls of `next` no thread is left.
///
/// A panic in a transport, quota or observer of yours continues in `next`. If it is caught, the batch can continue: the
/// targets of that call are [`Unknown`](crate::Outcome::Unknown).
#[derive(Debug)]
pub struct Outcomes<E: Batch, I> {
    client: Client,
    plan: Scheduler<E>,
    input: I,
}

type CallResult<E> = (Vec<u64>, Result<<E as tim_types::Endpoint>::Response, Arc<Error>>);
type Panic = Box<dyn Any + Send>;

impl<E: Batch, I> Outcomes<E, I> {
    pub(crate) fn new(client: Client, template: E, input: I) -> Self {
        let plan = Scheduler::new(template, DEFAULT_IN_FLIGHT, client.limits.bounded().initial_backoff);
        Self { client, plan, input }
    }

    /// The same batch with up to this many calls at once; 32 by default. Memory and threads grow with it.
    /// 0 counts as 1, more than 1000 as 1000. When the system has no more threads, fewer run at once.
    #[must_use]
    pub fn in_flight(self, calls: usize) -> Self {
        Self { plan: self.plan.with_in_flight(calls), ..self }
    }

    /// Sends everything that may go out, and waits for the answers; or waits until something may.
    fn round(&mut self) {
        let mut calls = Vec::new();
        loop {
            match self.plan.next_action(self.client.now().instant, false) {
                BatchAction::Call(numbers, request) => calls.push((numbers, request)),
                BatchAction::Wait(until) if calls.is_empty() => return self.client.sleep_until(until),
                BatchAction::Wait(_) | BatchAction::Idle => break,
            }
        }
        let mut first_panic = None;
        for (answered, panic) in send_all(&self.client, &self.plan.stop_signal(), calls) {
            let (numbers, answer) = answered;
            self.plan.on_response(numbers, answer, self.client.now().instant);
            first_panic = first_panic.or(panic);
        }
        if let Some(panic) = first_panic {
            resume_unwind(panic);
        }
    }
}

/// Sends each call on a thread of its own, one of them on this thread; on fewer when the system has no more threads.
fn send_all<E: Batch>(client: &Client, stop: &Stop, calls: Vec<(Vec<u64>, E)>) -> Vec<(CallResult<E>, Option<Panic>)> {
    let others = calls.len().saturating_sub(1);
    let calls = Mutex::new(calls.into_iter());
    let next = || calls.lock().unwrap_or_else(PoisonError::into_inner).next();
    let send = || {
        let send = |(numbers, request)| send_one(client, stop, numbers, request);
        std::iter::from_fn(next).map(send).collect::<Vec<_>>()
    };
    let context = Context::current();
    let send_in_context = || context.enter(send);
    thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, send_in_context).ok();
        let threads: Vec<_> = (0..others).map_while(spawn).collect();
        let mut answered = send();
        for thread in threads {
            answered.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        answered
    })
}

/// Sends one call. A panic in it is caught, so that the results of the other calls are kept.
fn send_one<E: Batch>(client: &Client, stop: &Stop, numbers: Vec<u64>, request: E) -> (CallResult<E>, Option<Panic>) {
    match catch_unwind(AssertUnwindSafe(|| client.send_until(request, stop))) {
        Ok(result) => ((numbers, result.map_err(|error| stop_if_fatal(stop, error))), None),
        Err(panic) => {
            let kind = ErrorKind::Transport(TransportError::new(TransportErrorKind::Lost, "the call panicked"));
            ((numbers, Err(Arc::new(Error::new(E::SERVICE, E::COMMAND, 1, kind)))), Some(panic))
        }
    }
}

impl<E: Batch, I: Iterator<Item = (Option<UserId>, UserId)>> Iterator for Outcomes<E, I> {
    type Item = BatchItem<E::Outcome>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.plan.has_room() {
                match self.input.next() {
                    Some((from, to)) => self.plan.push(from, to),
                    None => self.plan.end_input(),
                }
            }
            if let Some(item) = self.plan.pop() {
                return Some(item);
            }
            if self.plan.is_over() {
                return None;
            }
            self.round();
        }
    }
}
