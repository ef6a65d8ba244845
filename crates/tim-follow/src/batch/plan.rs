//! Which targets go into which call, and what each of them came to: a state machine without IO.
//!
//! Targets come in one by one and outcomes go out in the same order. Between the two there is a window of bounded size, so
//! memory does not grow with the input.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tim_types::{Batch, CodeClass, ErrorCode, Refusal, ResponseBody as _, UserId};

use super::chunk::Queue;
use super::{BatchItem, Outcome};
use crate::engine::{Decision, decide_code};
use crate::{Error, ErrorKind};

/// How often one target is sent again because of its own item: a transient code, or an item that is missing. When a tenth
/// of the items fail by chance, one target in a hundred million is refused in the end.
const MAX_REPEATS: u32 = 7;
/// The pause between two repeats doubles so often.
const DOUBLINGS: u32 = 3;

/// From and to.
pub(crate) type Pair = (UserId, UserId);

/// The targets that are under way.
#[derive(Debug)]
pub(crate) struct Plan<E: Batch> {
    template: E,
    max_in_flight: usize,
    /// The pause before a target is sent again the first time; it doubles a few times.
    first_pause: Duration,
    in_flight: usize,
    /// Every target that came in and did not go out yet, in order of arrival.
    window: VecDeque<Entry<E::Outcome>>,
    /// The number of the first entry of the window; numbers count all targets of the batch.
    first: u64,
    queue: Queue,
    /// Where in the window each pair was met first.
    met: HashMap<Pair, u64>,
    input_is_over: bool,
    /// What stopped the batch for all targets that were not sent yet.
    doom: Option<Arc<Error>>,
}

#[derive(Debug)]
struct Entry<T> {
    pair: Pair,
    repeats: u32,
    /// Later entries for the same pair, which get the same outcome.
    twins: Vec<u64>,
    outcome: Option<Outcome<T>>,
}

/// What a driver can do next.
pub(crate) enum Turn<E> {
    /// Send this call, and hand its answer back with the numbers of its targets.
    Call(Vec<u64>, E),
    /// Nothing can be sent before this time.
    Wait(Instant),
    /// Nothing can be sent before an answer, or more input, comes.
    Idle,
}

impl<E: Batch> Plan<E> {
    pub(crate) fn new(template: E, max_in_flight: usize, first_pause: Duration) -> Self {
        Self {
            template,
            max_in_flight,
            first_pause,
            in_flight: 0,
            window: VecDeque::new(),
            first: 0,
            queue: Queue::new(E::MAX_TARGETS),
            met: HashMap::new(),
            input_is_over: false,
            doom: None,
        }
    }

    /// The same plan with up to this many calls at once, at least one.
    pub(crate) fn with_in_flight(self, calls: usize) -> Self {
        Self { max_in_flight: calls.max(1), ..self }
    }

    /// Whether another target may come in: twice what can be under way at once, so that there is always a next call.
    pub(crate) fn has_room(&self) -> bool {
        !self.input_is_over && self.window.len() < 2 * self.max_in_flight * E::MAX_TARGETS
    }

    /// Takes the next target; where the input names no `from`, it is that of the template.
    pub(crate) fn push(&mut self, from: Option<UserId>, to: UserId) {
        let pair = (from.unwrap_or_else(|| self.template.subject().clone()), to);
        let number = self.first + self.window.len() as u64;
        let outcome = self.outcome_before_the_wire(&pair);
        if outcome.is_none() {
            match self.met.get(&pair) {
                Some(twin) => self.join(*twin, number),
                None => {
                    self.met.insert(pair.clone(), number);
                    self.queue.push(&pair.0, number);
                }
            }
        }
        let earlier = self.met.get(&pair).filter(|twin| **twin < number).and_then(|twin| self.entry(*twin));
        let outcome = outcome.or_else(|| earlier.and_then(|twin| twin.outcome.clone()));
        self.window.push_back(Entry { pair, repeats: 0, twins: Vec::new(), outcome });
    }

    /// There is no further target.
    pub(crate) fn end_input(&mut self) {
        self.input_is_over = true;
    }

    /// Sends nothing more. Whatever was not sent yet will not be.
    pub(crate) fn stop(&mut self) {
        self.end_input();
        self.give_up(Arc::new(Error::new(E::SERVICE, E::COMMAND, 0, ErrorKind::Stopped)));
    }

    /// Why nothing more is sent.
    pub(crate) fn stopped_by(&self) -> Option<&Error> {
        self.doom.as_deref()
    }

    /// The outcome of the oldest target, once it is known.
    pub(crate) fn pop(&mut self) -> Option<BatchItem<E::Outcome>> {
        let outcome = self.window.front_mut()?.outcome.take()?;
        let Entry { pair, .. } = self.window.pop_front()?;
        if self.met.get(&pair) == Some(&self.first) {
            self.met.remove(&pair);
        }
        self.first += 1;
        let (from, target) = pair;
        Some(BatchItem { from, target, outcome })
    }

    /// Whether every target that came in went out, and no more will come.
    pub(crate) fn is_over(&self) -> bool {
        self.input_is_over && self.window.is_empty()
    }

    /// What to send at `now`. A call that is not full goes out only when `flush` says that no more input comes for now.
    pub(crate) fn turn(&mut self, now: Instant, flush: bool) -> Turn<E> {
        if self.in_flight >= self.max_in_flight {
            return Turn::Idle;
        }
        let flush = flush || self.input_is_over || !self.has_room();
        let Some((from, numbers)) = self.queue.take(flush, now) else {
            return self.queue.next_time().map_or(Turn::Idle, Turn::Wait);
        };
        self.in_flight += 1;
        let to = numbers.iter().filter_map(|number| self.entry(*number)).map(|entry| entry.pair.1.clone()).collect();
        Turn::Call(numbers, self.template.with_users(from, to))
    }

    /// Takes the answer to a call.
    pub(crate) fn answered(&mut self, numbers: Vec<u64>, answer: Result<E::Response, Error>, now: Instant) {
        self.in_flight -= 1;
        match answer {
            Ok(response) => self.settle(&numbers, response, now),
            Err(error) => self.call_failed(&numbers, Arc::new(error)),
        }
    }

    /// Gives each target of a call its item, whatever order they come in; items for others are nobody's.
    fn settle(&mut self, numbers: &[u64], mut response: E::Response, now: Instant) {
        let mut unreadable = unreadable::<E>(&mut response);
        let failed: HashSet<UserId> = response.failed().iter().cloned().collect();
        let mut items: HashMap<UserId, Result<E::Outcome, Refusal>> =
            E::outcomes(response).into_iter().map(|item| (item.target, item.result)).collect();
        for number in numbers {
            let Some(target) = self.entry(*number).map(|entry| &entry.pair.1) else { continue };
            let outcome = match (unreadable.remove(target), items.remove(target)) {
                (Some(why), _) => Outcome::Unknown { why: Some(why) },
                (None, Some(Ok(answer))) => Outcome::Done(answer),
                (None, Some(Err(refusal))) if refusal.code == ErrorCode::OK => Outcome::Unknown { why: None },
                (None, Some(Err(refusal))) => Outcome::Refused(refusal),
                (None, None) if failed.contains(target) => Outcome::Refused(Refusal::without_code()),
                (None, None) => Outcome::Unknown { why: None },
            };
            if !self.repeat(*number, &outcome, now) {
                self.finish(*number, outcome);
            }
        }
    }

    /// Sends a target again whose item says that it may succeed later, or which has none.
    fn repeat(&mut self, number: u64, outcome: &Outcome<E::Outcome>, now: Instant) -> bool {
        let decision = match outcome {
            Outcome::Refused(refusal) => decide_code(refusal.code, E::SERVICE),
            Outcome::Unknown { why: None } => Decision::Repeat { at_least: Duration::ZERO },
            _ => Decision::GiveUp,
        };
        let (Decision::Repeat { at_least } | Decision::SlowDown { at_least }) = decision else { return false };
        let first_pause = self.first_pause;
        let Some(entry) = self.entry_mut(number).filter(|entry| entry.repeats < MAX_REPEATS) else { return false };
        let pause = at_least + first_pause * 2_u32.pow(entry.repeats.min(DOUBLINGS));
        entry.repeats += 1;
        let from = entry.pair.0.clone();
        self.queue.push_later(from, number, now + pause);
        true
    }

    fn call_failed(&mut self, numbers: &[u64], error: Arc<Error>) {
        for number in numbers {
            let outcome = match error.kind() {
                ErrorKind::Api { code, info, .. } => Outcome::Refused(Refusal { code: *code, info: info.clone() }),
                _ if !error.may_have_reached_service() => Outcome::NotAttempted { why: error.clone() },
                _ => Outcome::Unknown { why: Some(error.clone()) },
            };
            self.finish(*number, outcome);
        }
        if dooms_all(&error) {
            self.give_up(error);
        }
    }

    /// Nothing that waits in the queue is sent, for this reason.
    fn give_up(&mut self, why: Arc<Error>) {
        for number in self.queue.drain() {
            self.finish(number, Outcome::NotAttempted { why: why.clone() });
        }
        self.doom = Some(why);
    }

    /// A target that needs no call: it is no user id, or nothing is sent any more.
    fn outcome_before_the_wire(&self, (from, to): &Pair) -> Option<Outcome<E::Outcome>> {
        if let Some(why) = &self.doom {
            return Some(Outcome::NotAttempted { why: why.clone() });
        }
        let invalid = from.validate("From_Account").and_then(|()| to.validate("To_Account")).err()?;
        let error = Error::new(E::SERVICE, E::COMMAND, 0, ErrorKind::Invalid(invalid));
        Some(Outcome::NotAttempted { why: Arc::new(error) })
    }

    fn join(&mut self, twin: u64, number: u64) {
        if let Some(entry) = self.entry_mut(twin) {
            entry.twins.push(number);
        }
    }

    fn finish(&mut self, number: u64, outcome: Outcome<E::Outcome>) {
        let Some(entry) = self.entry_mut(number) else { return };
        let twins = std::mem::take(&mut entry.twins);
        entry.outcome = Some(outcome.clone());
        for twin in twins {
            if let Some(entry) = self.entry_mut(twin) {
                entry.outcome = Some(outcome.clone());
            }
        }
    }

    fn entry(&self, number: u64) -> Option<&Entry<E::Outcome>> {
        self.window.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn entry_mut(&mut self, number: u64) -> Option<&mut Entry<E::Outcome>> {
        self.window.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

/// The items of a response that cannot be read, by the target that they name.
fn unreadable<E: Batch>(response: &mut E::Response) -> HashMap<UserId, Arc<Error>> {
    let items = response.unreadable_mut().map(std::mem::take).unwrap_or_default();
    let error = |item| Arc::new(Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::Unreadable(item)));
    items.into_iter().filter_map(|item| Some((item.target.clone()?, error(item)))).collect()
}

/// Whether every further call would fail like this one: it is about the app, the caller or the edition, not about users.
fn dooms_all(error: &Error) -> bool {
    let Some(code) = error.code() else { return matches!(error.kind(), ErrorKind::Signing(_)) };
    let of_gateway = code.0 >= 60000;
    match error.class() {
        Some(CodeClass::Signature | CodeClass::Credentials | CodeClass::Permission | CodeClass::FeatureDisabled) => {
            true
        }
        Some(CodeClass::NotFound | CodeClass::Capacity) => of_gateway,
        _ => code == ErrorCode::WRONG_REGION,
    }
}
