//! The window of a batch: the targets that came in and whose outcome was not taken yet.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tim_types::{Batch, Rejection, Target as _, UserId};

use super::{BatchItem, Outcome};
use crate::Error;

/// A target in the window.
#[derive(Debug)]
pub(super) struct Entry<R: Batch> {
    pub(super) from: R::From,
    pub(super) target: R::Target,
    pub(super) retries: u32,
    /// The outcome in the last response, while the target waits for a retry.
    pub(super) last: Option<Outcome<R::Outcome>>,
    /// The last rejection of this target by the service.
    pub(super) rejected: Option<Rejection>,
    /// The next entry for the same `from` and user.
    next: Option<Next>,
    pub(super) outcome: Option<Outcome<R::Outcome>>,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    /// An equal target, which gets the same outcome.
    Duplicate(u64),
    /// A target with other fields, which is sent after this one.
    Successor(u64),
}

impl<R: Batch> Entry<R> {
    pub(super) fn new(from: R::From, target: R::Target) -> Self {
        Self { from, target, retries: 0, last: None, rejected: None, next: None, outcome: None }
    }

    /// The outcome of a target whose call ended with this error. `reached` is true if a request may
    /// have reached the service.
    pub(super) fn after_failure(&mut self, error: &Arc<Error>, reached: bool) -> Outcome<R::Outcome> {
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

    fn key(&self) -> (R::From, UserId) {
        (self.from.clone(), self.target.user().clone())
    }
}

/// The entries in the order of the input. Each has a number, which counts all targets of the batch.
#[derive(Debug)]
pub(super) struct Window<R: Batch> {
    entries: VecDeque<Entry<R>>,
    /// The number of the first entry.
    first: u64,
    /// The last entry of each `from` and user.
    latest: HashMap<(R::From, UserId), u64>,
}

impl<R: Batch> Default for Window<R> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), first: 0, latest: HashMap::new() }
    }
}

impl<R: Batch> Window<R> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the entry that [`push`](Self::push) adds next.
    pub(super) fn next_number(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    pub(super) fn push(&mut self, entry: Entry<R>) {
        self.latest.insert(entry.key(), self.next_number());
        self.entries.push_back(entry);
    }

    /// Adds an entry that is never sent. Later targets of its user do not wait for it, but for the
    /// one before it.
    pub(super) fn push_unsent(&mut self, entry: Entry<R>) {
        self.entries.push_back(entry);
    }

    /// The number of the last entry with the same `from` and user as this one, and whether its
    /// target is equal.
    pub(super) fn latest(&self, entry: &Entry<R>) -> Option<(u64, bool)> {
        let number = *self.latest.get(&entry.key())?;
        self.get(number).map(|earlier| (number, earlier.target == entry.target))
    }

    /// Gives the entry `number` the outcome of `earlier`, which has an equal target. Returns the
    /// outcome if `earlier` has one already.
    pub(super) fn join(&mut self, earlier: u64, number: u64) -> Option<Outcome<R::Outcome>> {
        let entry = self.get_mut(earlier)?;
        entry.next = Some(Next::Duplicate(number));
        entry.outcome.clone()
    }

    /// Makes the entry `number` wait for `earlier`; returns false if that one has an outcome
    /// already.
    pub(super) fn follow(&mut self, earlier: u64, number: u64) -> bool {
        let Some(entry) = self.get_mut(earlier).filter(|entry| entry.outcome.is_none()) else { return false };
        entry.next = Some(Next::Successor(number));
        true
    }

    /// Sets the outcome of an entry and its duplicates; returns the entry that waits for them.
    pub(super) fn finish(&mut self, number: u64, outcome: &Outcome<R::Outcome>) -> Option<u64> {
        let mut number = number;
        loop {
            let entry = self.get_mut(number)?;
            entry.outcome = Some(outcome.clone());
            match entry.next? {
                Next::Duplicate(next) => number = next,
                Next::Successor(next) => return Some(next),
            }
        }
    }

    /// Takes the oldest entry, if it has an outcome.
    pub(super) fn pop(&mut self) -> Option<BatchItem<R>> {
        let outcome = self.entries.front_mut()?.outcome.take()?;
        let entry = self.entries.pop_front()?;
        let key = entry.key();
        if self.latest.get(&key) == Some(&self.first) {
            self.latest.remove(&key);
        }
        self.first += 1;
        Some(BatchItem { from: entry.from, target: entry.target, outcome })
    }

    pub(super) fn get(&self, number: u64) -> Option<&Entry<R>> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Entry<R>> {
        self.entries.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}
