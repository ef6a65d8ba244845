//! Which targets go into which call, and what each of them came to: a state machine without IO.
//!
//! Targets come in one by one and outcomes go out in the same order. Between the two there is a window of bounded size, so
//! memory does not grow with the input.

use std::collections::hash_map::{self, HashMap};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tim_types::{Batch, ErrorCode, Rejection, ResponseBody as _, TargetOutcome, UserId};

use super::chunk::Queue;
use super::fatal::is_fatal;
use super::{BatchItem, Outcome};
use crate::engine::{Decision, Stop, decide_code};
use crate::time::after;
use crate::{Error, ErrorKind};

/// How often one target is sent again because of its own item: a transient code, or an item that is missing. When a tenth
/// of the items fail by chance, one target in a hundred million is refused in the end.
const MAX_RETRIES: u32 = 7;
/// The pause between two repeats doubles so often.
const MAX_DOUBLINGS: u32 = 3;
/// The most calls at once: with 200 calls a second and 5 s for a request, more are never under way.
const MAX_IN_FLIGHT: usize = 1000;
/// How long a call that is not full waits for more targets while the input has none.
const LINGER: Duration = Duration::from_millis(50);

/// From and to.
pub(crate) type Pair = (UserId, UserId);

/// The targets that are under way.
#[derive(Debug)]
pub(crate) struct Scheduler<E: Batch> {
    template: E,
    max_in_flight: usize,
    /// The pause before a target is sent again the first time; it doubles a few times.
    initial_backoff: Duration,
    in_flight: usize,
    /// Every target that came in and did not go out yet, in order of arrival.
    window: VecDeque<Entry<E::Outcome>>,
    /// The number of the first entry of the window; numbers count all targets of the batch.
    first: u64,
    queue: Queue,
    /// Where in the window each pair is last.
    first_seen: HashMap<Pair, u64>,
    input_is_over: bool,
    /// When the input first had no further target for a call that is not full.
    lingers_since: Option<Instant>,
    /// What stopped the batch for all targets that were not sent yet. Its calls share it.
    stop: Stop,
}

#[derive(Debug)]
struct Entry<T> {
    pair: Pair,
    retries: u32,
    /// What the last response said, while the target waits for a retry.
    last: Option<Outcome<T>>,
    /// The last code that came for it.
    rejected: Option<Rejection>,
    /// The next entry for the same pair, which gets the same outcome.
    duplicate: Option<u64>,
    outcome: Option<Outcome<T>>,
}

/// What a driver can do next.
pub(crate) enum BatchAction<E> {
    /// Send this call, and hand its answer back with the numbers of its targets.
    Call(Vec<u64>, E),
    /// Nothing can be sent before this time.
    Wait(Instant),
    /// Nothing can be sent before an answer, or more input, comes.
    Idle,
}

impl<E: Batch> Scheduler<E> {
    pub(crate) fn new(template: E, max_in_flight: usize, initial_backoff: Duration) -> Self {
        Self {
            template,
            max_in_flight,
            initial_backoff: initial_backoff,
            in_flight: 0,
            window: VecDeque::new(),
            first: 0,
            queue: Queue::new(E::MAX_TARGETS),
            first_seen: HashMap::new(),
            input_is_over: false,
            lingers_since: None,
            stop: Stop::default(),
        }
    }

    /// The same plan with up to this many calls at once, from one to [`MAX_IN_FLIGHT`].
    pub(crate) fn with_in_flight(self, calls: usize) -> Self {
        Self { max_in_flight: calls.clamp(1, MAX_IN_FLIGHT), ..self }
    }

    /// Whether another target may come in: twice what can be under way at once, so that there is always a next call.
    pub(crate) fn has_room(&self) -> bool {
        !self.input_is_over && self.window.len() < 2 * self.max_in_flight * E::MAX_TARGETS
    }

    /// Takes the next target; where the input names no `from`, it is that of the template.
    pub(crate) fn push(&mut self, from: Option<UserId>, to: UserId) {
        let pair = (from.unwrap_or_else(|| self.template.subject().clone()), to);
        let number = self.first + self.window.len() as u64;
        let outcome = match self.first_seen.get(&pair) {
            // Before anything else: it may have been sent before the batch was stopped.
            Some(twin) => self.join_duplicate(*twin, number),
            None => self.outcome_without_call(&pair).or_else(|| {
                self.queue.push(&pair.0, number);
                None
            }),
        };
        self.first_seen.insert(pair.clone(), number);
        self.window.push_back(Entry { pair, retries: 0, last: None, rejected: None, duplicate: None, outcome });
    }

    /// There is no further target.
    pub(crate) fn end_input(&mut self) {
        self.input_is_over = true;
    }

    /// Sends nothing more. Whatever was not sent yet will not be.
    pub(crate) fn stop(&mut self) {
        self.end_input();
        self.abort(Arc::new(Error::new(E::SERVICE, E::COMMAND, 0, ErrorKind::Stopped)));
    }

    /// Why nothing more is sent.
    pub(crate) fn stopped_by(&self) -> Option<&Error> {
        self.stop.reason().map(|why| &**why)
    }

    /// What the calls of this batch look at before their first request.
    pub(crate) fn stop_signal(&self) -> Stop {
        self.stop.clone()
    }

    /// The outcome of the oldest target, once it is known.
    pub(crate) fn pop(&mut self) -> Option<BatchItem<E::Outcome>> {
        let outcome = self.window.front_mut()?.outcome.take()?;
        let Entry { pair, .. } = self.window.pop_front()?;
        if self.first_seen.get(&pair) == Some(&self.first) {
            self.first_seen.remove(&pair);
        }
        self.first += 1;
        let (from, target) = pair;
        Some(BatchItem { from, target, outcome })
    }

    /// Whether every target that came in went out, and no more will come.
    pub(crate) fn is_over(&self) -> bool {
        self.input_is_over && self.window.is_empty()
    }

    /// What to send at `now`. While more input may come, a call that is not full goes out only if `dry`, which says that
    /// there is none for now, and after waiting for more for a short time.
    pub(crate) fn next_action(&mut self, now: Instant, dry: bool) -> BatchAction<E> {
        if self.in_flight >= self.max_in_flight {
            return BatchAction::Idle;
        }
        let lingers_until = if dry { self.lingers_until(now) } else { None };
        let flush = self.input_is_over || !self.has_room() || lingers_until.is_some_and(|until| until <= now);
        let Some((from, numbers)) = self.queue.take(flush, now) else {
            return self
                .queue
                .next_time()
                .into_iter()
                .chain(lingers_until)
                .min()
                .map_or(BatchAction::Idle, BatchAction::Wait);
        };
        self.in_flight += 1;
        let to = numbers.iter().filter_map(|number| self.entry(*number)).map(|entry| entry.pair.1.clone()).collect();
        BatchAction::Call(numbers, self.template.with_users(from, to))
    }

    /// Until when a call that is not full waits, if there is one.
    fn lingers_until(&mut self, now: Instant) -> Option<Instant> {
        if !self.queue.has_begun() {
            self.lingers_since = None;
            return None;
        }
        self.lingers_since.get_or_insert(now).checked_add(LINGER)
    }

    /// Takes the answer to a call.
    pub(crate) fn on_response(&mut self, numbers: Vec<u64>, answer: Result<E::Response, Arc<Error>>, now: Instant) {
        self.in_flight -= 1;
        match answer {
            Ok(response) => self.assign_outcomes(&numbers, response, now),
            Err(error) => self.call_failed(&numbers, &error),
        }
        if let Some(why) = self.stop.reason().cloned() {
            self.abort(why);
        }
    }

    /// Gives each target of a call its item, whatever order they come in; items for others are nobody's.
    fn assign_outcomes(&mut self, numbers: &[u64], mut response: E::Response, now: Instant) {
        let (mut unreadable, nameless) = unreadable::<E>(&mut response);
        let failed: HashSet<UserId> = response.failed().iter().cloned().collect();
        let mut items = by_target(E::outcomes(response));
        for number in numbers {
            let Some(target) = self.entry(*number).map(|entry| &entry.pair.1) else { continue };
            let outcome = match (unreadable.remove(target), items.remove(target)) {
                (Some(why), _) => Outcome::Unknown { reason: Some(why) },
                (None, Some(Some(Ok(answer)))) => Outcome::Done(answer),
                (None, Some(Some(Err(refusal)))) if refusal.code == ErrorCode::OK => Outcome::Unknown { reason: None },
                (None, Some(Some(Err(refusal)))) => Outcome::Rejected(refusal),
                (None, Some(None)) => {
                    let error = Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::ContradictingItems);
                    Outcome::Unknown { reason: Some(Arc::new(error)) }
                }
                (None, None) if failed.contains(target) => Outcome::Rejected(Rejection::without_code()),
                // Any of the items without a target may have been this one's.
                (None, None) => Outcome::Unknown { reason: nameless.clone() },
            };
            if !self.retry(*number, &outcome, now) {
                self.finish(*number, outcome);
            }
        }
    }

    /// Sends a target again whose item says that it may succeed later, or which has none, unless the batch was stopped.
    fn retry(&mut self, number: u64, outcome: &Outcome<E::Outcome>, now: Instant) -> bool {
        let decision = match outcome {
            Outcome::Rejected(refusal) => decide_code(refusal.code, E::SERVICE),
            Outcome::Unknown { reason: None } => Decision::Retry { at_least: Duration::ZERO },
            _ => Decision::GiveUp,
        };
        let (Decision::Retry { at_least } | Decision::SlowDown { at_least }) = decision else { return false };
        if self.stop.reason().is_some() {
            return false;
        }
        let initial_backoff = self.initial_backoff;
        let Some(entry) = self.entry_mut(number).filter(|entry| entry.retries < MAX_RETRIES) else { return false };
        let pause = at_least.saturating_add(initial_backoff.saturating_mul(1 << entry.retries.min(MAX_DOUBLINGS)));
        entry.retries += 1;
        entry.last = Some(outcome.clone());
        if let Outcome::Rejected(refusal) = outcome {
            entry.rejected = Some(refusal.clone());
        }
        let from = entry.pair.0.clone();
        self.queue.push_later(from, number, after(now, pause));
        true
    }

    fn call_failed(&mut self, numbers: &[u64], error: &Arc<Error>) {
        let why = match error.kind() {
            ErrorKind::Stopped => self.stop.reason().unwrap_or(error).clone(),
            _ => error.clone(),
        };
        for number in numbers {
            if let Some(outcome) = self.entry_mut(*number).map(|entry| entry.after_failure(&why, error.trail().reached))
            {
                self.finish(*number, outcome);
            }
        }
    }

    /// Nothing that waits in the queue is sent, for this reason. A target that waits for a retry keeps its last response.
    fn abort(&mut self, why: Arc<Error>) {
        for number in self.queue.drain() {
            let last = self.entry_mut(number).and_then(|entry| entry.last.take());
            self.finish(number, last.unwrap_or_else(|| Outcome::NotAttempted { reason: why.clone() }));
        }
        self.stop.set(why);
    }

    /// A target that needs no call: it is no user id, or nothing is sent any more.
    fn outcome_without_call(&self, (from, to): &Pair) -> Option<Outcome<E::Outcome>> {
        if let Some(why) = self.stop.reason() {
            return Some(Outcome::NotAttempted { reason: why.clone() });
        }
        let invalid = from.validate("From_Account").and_then(|()| to.validate("To_Account")).err()?;
        let error = Error::new(E::SERVICE, E::COMMAND, 0, ErrorKind::Invalid(invalid));
        Some(Outcome::NotAttempted { reason: Arc::new(error) })
    }

    /// Gives the target `number` the outcome of its twin, now or once there is one.
    fn join_duplicate(&mut self, twin: u64, number: u64) -> Option<Outcome<E::Outcome>> {
        let entry = self.entry_mut(twin)?;
        entry.duplicate = Some(number);
        entry.outcome.clone()
    }

    fn finish(&mut self, number: u64, outcome: Outcome<E::Outcome>) {
        let earlier = self.entry_mut(number).and_then(|entry| entry.rejected.take());
        let outcome = match (outcome, earlier) {
            (Outcome::Unknown { reason: None }, Some(earlier)) => {
                let error = Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::MissingItem).after_rejection(&earlier);
                Outcome::Unknown { reason: Some(Arc::new(error)) }
            }
            (outcome, _) => outcome,
        };
        let mut next = Some(number);
        while let Some(entry) = next.and_then(|number| self.entry_mut(number)) {
            entry.outcome = Some(outcome.clone());
            next = entry.duplicate;
        }
    }

    fn entry(&self, number: u64) -> Option<&Entry<E::Outcome>> {
        self.window.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn entry_mut(&mut self, number: u64) -> Option<&mut Entry<E::Outcome>> {
        self.window.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

/// Takes the error of a call, and stops the batch at once if no further call can succeed. To be called where the call
/// ends, so that calls on other threads see it.
pub(crate) fn stop_if_fatal(stop: &Stop, error: Error) -> Arc<Error> {
    let error = Arc::new(error);
    if is_fatal(&error) {
        stop.set(error.clone());
    }
    error
}

/// The items of a response that cannot be read, by the target that they name, and the first one that names none.
fn unreadable<E: Batch>(response: &mut E::Response) -> (HashMap<UserId, Arc<Error>>, Option<Arc<Error>>) {
    let items = response.unreadable_mut().map(std::mem::take).unwrap_or_default();
    let error = |item| Arc::new(Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::Unreadable(item)));
    let nameless = items.iter().find(|item| item.target.is_none()).cloned().map(error);
    (items.into_iter().filter_map(|item| Some((item.target.clone()?, error(item)))).collect(), nameless)
}

impl<T: Clone> Entry<T> {
    /// The outcome of a target whose call ended with this error; `reached` if a request may have reached the service.
    fn after_failure(&mut self, error: &Arc<Error>, reached: bool) -> Outcome<T> {
        let trail = error.trail();
        if !reached {
            return self.last.take().unwrap_or_else(|| Outcome::NotAttempted { reason: error.clone() });
        }
        match (&trail.rejected, &self.rejected) {
            (Some(rejected), _) if !trail.no_response => Outcome::Rejected(rejected.clone()),
            (None, Some(earlier)) => Outcome::Unknown { reason: Some(Arc::new(error.after_rejection(earlier))) },
            _ => Outcome::Unknown { reason: Some(error.clone()) },
        }
    }
}

/// The results of a response by target; `None` for a target with different results.
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
