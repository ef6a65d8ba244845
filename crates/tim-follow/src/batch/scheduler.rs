//! The scheduler of a batch: groups targets into calls and collects the outcome of each target. It
//! is a state machine without IO.
//!
//! Targets come in one by one, and outcomes are returned in the same order. The window between them
//! has a bounded size, so memory does not grow with the input.

use std::collections::HashSet;
use std::collections::hash_map::{self, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tim_types::{
    Batch, BatchTemplate, Endpoint, ErrorCode, FromAccount as _, Rejection, ResponseBody as _, Target as _,
    TargetOutcome, UserId,
};

use super::fatal::is_fatal;
use super::queue::Queue;
use super::window::{Entry, Window};
use super::{BatchItem, Outcome};
use crate::engine::{CallOptions, Decision, Stop, decide_code};
use crate::time::after;
use crate::{Error, ErrorKind};

/// The maximum number of retries of a single target after a transient item code or a missing item.
/// If a tenth of the items fail at random, one target in a hundred million fails after all retries.
const MAX_RETRIES: u32 = 7;
/// The number of times that the delay between two retries of a target doubles.
const MAX_DOUBLINGS: u32 = 3;
/// The maximum number of calls in flight. At 200 calls per second and 5 s per request, no more than
/// this can be in flight.
const MAX_IN_FLIGHT: usize = 1000;
/// A call has at most this many targets, whatever the command says.
const MAX_TARGETS: usize = 100_000;
/// How long a call that is not full waits for more targets while the input has none.
const LINGER: Duration = Duration::from_millis(50);

/// The state of one batch.
#[derive(Debug)]
pub(crate) struct Scheduler<T: BatchTemplate> {
    template: T,
    max_targets: usize,
    max_in_flight: usize,
    /// The delay before the first retry of a target; it doubles a few times.
    initial_backoff: Duration,
    /// Whether targets are checked before they are sent.
    validates: bool,
    in_flight: usize,
    window: Window<T::Request>,
    queue: Queue<<T::Request as Batch>::From>,
    input_ended: bool,
    /// Since when a call that is not full has been waiting for further input.
    lingers_since: Option<Instant>,
    /// Set when an error makes all remaining calls pointless, or by [`stop`](Self::stop). The
    /// calls of the batch share it.
    stop: Stop,
}

/// The next step for a client.
pub(crate) enum BatchAction<R: Batch> {
    /// Send this call, and return its response together with the chunk.
    Call(Chunk<R>, R),
    /// No call can be sent before this time.
    Wait(Instant),
    /// No call can be sent before a response or more input arrives.
    Idle,
}

/// The targets of one call, by their numbers, and the user in its `From_Account`.
pub(crate) type Chunk<R> = (<R as Batch>::From, Vec<u64>);
/// The result of a call.
pub(crate) type CallResult<R> = Result<<R as Endpoint>::Response, Arc<Error>>;

impl<T: BatchTemplate> Scheduler<T> {
    pub(crate) fn new(template: T, max_in_flight: usize, options: CallOptions) -> Self {
        let max_targets = T::Request::max_targets(template.shared()).clamp(1, MAX_TARGETS);
        Self {
            template,
            max_targets,
            max_in_flight,
            initial_backoff: options.limits.bounded().initial_backoff,
            validates: options.validates,
            in_flight: 0,
            window: Window::default(),
            queue: Queue::new(max_targets, T::Request::EXCLUSIVE),
            input_ended: false,
            lingers_since: None,
            stop: Stop::default(),
        }
    }

    /// Sets the maximum number of calls in flight, from 1 to [`MAX_IN_FLIGHT`].
    pub(crate) fn with_in_flight(self, calls: usize) -> Self {
        Self { max_in_flight: calls.clamp(1, MAX_IN_FLIGHT), ..self }
    }

    /// Returns whether the window has room for another target. It holds the targets of twice as
    /// many calls as can be in flight, so that the next calls are ready.
    pub(crate) fn has_room(&self) -> bool {
        !self.input_ended && self.window.len() < self.max_in_flight.saturating_mul(self.max_targets).saturating_mul(2)
    }

    /// Takes the next target.
    pub(crate) fn push(&mut self, target: T::Target) {
        let (from, target) = self.template.split(target);
        let mut entry = Entry::new(from, target);
        let number = self.window.next_number();
        match self.window.latest(&entry) {
            // Checked first, because the equal target can have been sent before the batch stopped.
            Some((earlier, true)) => entry.outcome = self.window.join(earlier, number),
            earlier => {
                entry.outcome = self.outcome_without_call(&entry);
                if entry.outcome.is_some() {
                    return self.window.push_unsent(entry);
                }
                match earlier {
                    // The same user with other fields: sent after the earlier target has its
                    // outcome.
                    Some((earlier, _)) if self.window.follow(earlier, number) => {}
                    _ => self.queue.push(&entry.from, number),
                }
            }
        }
        self.window.push(entry);
    }

    /// Reports that there is no further target.
    pub(crate) fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// Stops the batch: targets that were not sent yet are `NotAttempted`.
    pub(crate) fn stop(&mut self) {
        self.end_input();
        self.abort(Arc::new(Error::new(T::Request::SERVICE, T::Request::COMMAND, 0, ErrorKind::Stopped)));
    }

    /// Returns why the batch was stopped.
    pub(crate) fn stopped_by(&self) -> Option<&Error> {
        self.stop.reason().map(|reason| &**reason)
    }

    /// Returns the signal that the calls of this batch check before their first request.
    pub(crate) fn stop_signal(&self) -> Stop {
        self.stop.clone()
    }

    /// Takes the oldest target, if its outcome is known.
    pub(crate) fn pop(&mut self) -> Option<BatchItem<T::Request>> {
        self.window.pop()
    }

    /// Whether the outcomes of all targets were taken, and no more targets come in.
    pub(crate) fn is_over(&self) -> bool {
        self.input_ended && self.window.is_empty()
    }

    /// Returns the next step at `now`. A call that is not full is sent if the input has ended, if
    /// the window is full, or if `input_pending` is true and the call has waited for [`LINGER`].
    /// `input_pending` means that the input has no target now.
    pub(crate) fn next_action(&mut self, now: Instant, input_pending: bool) -> BatchAction<T::Request> {
        if self.in_flight >= self.max_in_flight {
            return BatchAction::Idle;
        }
        if !self.queue.has_partial() {
            self.lingers_since = None;
        }
        let lingers_until = if input_pending { self.lingers_until(now) } else { None };
        let flush = self.input_ended || !self.has_room() || lingers_until.is_some_and(|until| until <= now);
        let Some((from, numbers)) = self.queue.take(flush, now) else {
            let next = self.queue.next_time().into_iter().chain(lingers_until).min();
            return next.map_or(BatchAction::Idle, BatchAction::Wait);
        };
        self.in_flight += 1;
        let targets = numbers.iter().filter_map(|number| self.window.get(*number));
        let targets = targets.map(|entry| entry.target.clone()).collect();
        let request = T::Request::with_targets(from.clone(), self.template.shared().clone(), targets);
        BatchAction::Call((from, numbers), request)
    }

    /// The time until which a call that is not full waits, if there is such a call.
    fn lingers_until(&mut self, now: Instant) -> Option<Instant> {
        if self.queue.has_partial() { self.lingers_since.get_or_insert(now).checked_add(LINGER) } else { None }
    }

    /// Takes the result of a call.
    pub(crate) fn on_response(
        &mut self,
        (from, numbers): Chunk<T::Request>,
        result: CallResult<T::Request>,
        now: Instant,
    ) {
        self.in_flight -= 1;
        self.queue.release(&from);
        match result {
            Ok(response) => self.assign_outcomes(&numbers, response, now),
            Err(error) => self.call_failed(&numbers, &error),
        }
        if let Some(reason) = self.stop.reason().cloned() {
            self.abort(reason);
        }
    }

    /// Assigns each target of a call the outcome in its item. The items can have any order. Items
    /// for other users are ignored.
    fn assign_outcomes(&mut self, numbers: &[u64], mut response: <T::Request as Endpoint>::Response, now: Instant) {
        // Computed first, because the result can be the response with its unreadable items.
        let omitted = T::Request::omitted(&response);
        if !T::Request::ITEMS_NAME_TARGETS {
            let outcome = omitted.map_or(Outcome::Unknown { reason: None }, Outcome::Done);
            return numbers.iter().for_each(|number| self.retry_or_finish(*number, outcome.clone(), now));
        }
        let (mut unreadable, nameless) = unreadable::<T::Request>(&mut response);
        let failed: HashSet<UserId> = response.failed().iter().cloned().collect();
        let mut items = by_target(T::Request::outcomes(response));
        for number in numbers {
            let Some(user) = self.window.get(*number).map(|entry| entry.target.user()) else { continue };
            let outcome = match (unreadable.remove(user), items.remove(user)) {
                (Some(reason), _) => Outcome::Unknown { reason: Some(reason) },
                (None, Some(Some(Ok(result)))) => Outcome::Done(result),
                (None, Some(Some(Err(rejection)))) if rejection.code == ErrorCode::OK => {
                    Outcome::Unknown { reason: None }
                }
                (None, Some(Some(Err(rejection)))) => Outcome::Rejected(rejection),
                (None, Some(None)) => Outcome::Unknown { reason: Some(error::<T>(1, ErrorKind::ContradictingItems)) },
                (None, None) if failed.contains(user) => Outcome::Rejected(Rejection::without_code()),
                (None, None) => match (&nameless, &omitted) {
                    (None, Some(result)) => Outcome::Done(result.clone()),
                    // An unreadable item that names no target can belong to this target.
                    _ => Outcome::Unknown { reason: nameless.clone() },
                },
            };
            self.retry_or_finish(*number, outcome, now);
        }
    }

    fn retry_or_finish(&mut self, number: u64, outcome: OutcomeOf<T>, now: Instant) {
        if !self.retry(number, &outcome, now) {
            self.finish(number, outcome);
        }
    }

    /// Schedules a retry of a target if its item has a transient code or is missing, and the batch
    /// was not stopped. Returns whether a retry is scheduled.
    fn retry(&mut self, number: u64, outcome: &OutcomeOf<T>, now: Instant) -> bool {
        let decision = match outcome {
            Outcome::Rejected(rejection) => decide_code(rejection.code, T::Request::SERVICE),
            Outcome::Unknown { reason: None } => Decision::Retry { at_least: Duration::ZERO },
            _ => Decision::GiveUp,
        };
        let at_least = match decision {
            Decision::SlowDown { at_least } => at_least,
            Decision::Retry { at_least } if T::Request::IDEMPOTENT => at_least,
            _ => return false,
        };
        if self.stop.reason().is_some() {
            return false;
        }
        let initial_backoff = self.initial_backoff;
        let Some(entry) = self.window.get_mut(number).filter(|entry| entry.retries < MAX_RETRIES) else { return false };
        let backoff = initial_backoff.saturating_mul(1 << entry.retries.min(MAX_DOUBLINGS));
        entry.retries += 1;
        entry.last = Some(outcome.clone());
        if let Outcome::Rejected(rejection) = outcome {
            entry.rejected = Some(rejection.clone());
        }
        let from = entry.from.clone();
        self.queue.push_later(from, number, after(now, at_least.saturating_add(backoff)));
        true
    }

    fn call_failed(&mut self, numbers: &[u64], error: &Arc<Error>) {
        let reason = match error.kind() {
            ErrorKind::Stopped => self.stop.reason().unwrap_or(error).clone(),
            _ => error.clone(),
        };
        for number in numbers {
            let outcome = self.window.get_mut(*number).map(|entry| entry.after_failure(&reason, error.trail().reached));
            if let Some(outcome) = outcome {
                self.finish(*number, outcome);
            }
        }
    }

    /// Finishes all targets that are not in flight, with this reason. A target that waits for a
    /// retry keeps the outcome of its last response.
    fn abort(&mut self, reason: Arc<Error>) {
        self.stop.set(reason.clone());
        for number in self.queue.drain() {
            let last = self.window.get_mut(number).and_then(|entry| entry.last.take());
            self.finish(number, last.unwrap_or_else(|| Outcome::NotAttempted { reason: reason.clone() }));
        }
    }

    /// The outcome of a target that is not sent because it is invalid or the batch was stopped.
    fn outcome_without_call(&self, entry: &Entry<T::Request>) -> Option<OutcomeOf<T>> {
        if let Some(reason) = self.stop.reason() {
            return Some(Outcome::NotAttempted { reason: reason.clone() });
        }
        if !self.validates {
            return None;
        }
        let from = entry.from.user().map_or(Ok(()), |user| user.validate("From_Account"));
        let invalid = from.and_then(|()| T::Request::validate_target(&entry.target)).err()?;
        Some(Outcome::NotAttempted { reason: error::<T>(0, ErrorKind::Invalid(invalid)) })
    }

    fn finish(&mut self, number: u64, outcome: OutcomeOf<T>) {
        let earlier = self.window.get_mut(number).and_then(|entry| entry.rejected.take());
        let outcome = match (outcome, earlier) {
            (Outcome::Unknown { reason: None }, Some(earlier)) => {
                let error = Error::new(T::Request::SERVICE, T::Request::COMMAND, 1, ErrorKind::MissingItem);
                Outcome::Unknown { reason: Some(Arc::new(error.after_rejection(&earlier))) }
            }
            (outcome, _) => outcome,
        };
        // A target with the same user and other fields waited for this one. Now it can be sent. If
        // the batch was stopped, it is finished too.
        let mut next = self.window.finish(number, &outcome);
        while let Some(number) = next.take() {
            let Some(from) = self.window.get(number).map(|entry| entry.from.clone()) else { return };
            match self.stop.reason().cloned() {
                Some(reason) => next = self.window.finish(number, &Outcome::NotAttempted { reason }),
                None => self.queue.push(&from, number),
            }
        }
    }
}

type OutcomeOf<T> = Outcome<<<T as BatchTemplate>::Request as Batch>::Outcome>;

fn error<T: BatchTemplate>(attempts: u32, kind: ErrorKind) -> Arc<Error> {
    Arc::new(Error::new(T::Request::SERVICE, T::Request::COMMAND, attempts, kind))
}

/// Stops the batch if the error of a call shows that no further call can succeed. Called on the
/// thread of the call as soon as it ends, so that calls on other threads see the signal at once.
pub(crate) fn stop_if_fatal(stop: &Stop, error: Error) -> Arc<Error> {
    let error = Arc::new(error);
    if is_fatal(&error) {
        stop.set(error.clone());
    }
    error
}

/// The unreadable items of a response by the user that they name, and the first one that names no
/// user.
fn unreadable<R: Batch>(response: &mut R::Response) -> (HashMap<UserId, Arc<Error>>, Option<Arc<Error>>) {
    let items = response.unreadable_mut().map(std::mem::take).unwrap_or_default();
    let error = |item| Arc::new(Error::new(R::SERVICE, R::COMMAND, 1, ErrorKind::Unreadable(item)));
    let nameless = items.iter().find(|item| item.target.is_none()).cloned().map(error);
    (items.into_iter().filter_map(|item| Some((item.target.clone()?, error(item)))).collect(), nameless)
}

/// The results of a response by user; `None` for a user that has different results.
fn by_target<T: PartialEq>(items: Vec<TargetOutcome<T>>) -> HashMap<UserId, Option<Result<T, Rejection>>> {
    let mut results = HashMap::with_capacity(items.len());
    for TargetOutcome { target, result } in items {
        match results.entry(target) {
            hash_map::Entry::Vacant(entry) => drop(entry.insert(Some(result))),
            hash_map::Entry::Occupied(mut entry) => {
                let same = match (entry.get(), &result) {
                    (Some(Ok(one)), Ok(other)) => one == other,
                    (Some(Err(one)), Err(other)) => one.code == other.code,
                    _ => false,
                };
                if !same {
                    entry.insert(None);
                }
            }
        }
    }
    results
}

#[cfg(test)]
mod tests;
