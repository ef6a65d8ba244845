//! Any number of targets, in as many calls as that takes: what both clients share.

mod chunk;
mod fatal;
mod scheduler;

use std::fmt;
use std::sync::Arc;

use tim_types::{Rejection, UserId};

use crate::Error;

pub(crate) use scheduler::{BatchAction, Scheduler, stop_if_fatal};

/// One target of a batch and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BatchItem<T> {
    /// The user in `From_Account`.
    pub from: UserId,
    /// The target.
    pub target: UserId,
    /// What became of it.
    pub outcome: Outcome<T>,
}

/// What became of one target.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// The service did it, and this is its answer.
    Done(T),
    /// The service refused this target, or the call it was in. Code 0 means that the service named no code.
    Rejected(Rejection),
    /// No request with it was sent: it is not a user id, no connection was made, or the batch stopped before it. This
    /// includes the requests for the same pair at other positions, as long as its outcomes were held in the window of the batch
    /// together (twice what can be in flight). If an earlier outcome of the pair was taken before this one came in, a
    /// request was perhaps sent for that one.
    NotAttempted {
        /// Why not.
        reason: Arc<Error>,
    },
    /// It was sent, but its last request got no response, or the response does not say what became of it. All commands
    /// set or read a state, so it can be sent again.
    Unknown {
        /// Why it is not known, for example because the item of this target cannot be read ([`ErrorKind::Unreadable`]); `None`
        /// when there is a response that leaves this target out and no code came for it before. An [earlier rejection](Error::earlier_rejection) of this target is
        /// in the error.
        ///
        /// [`ErrorKind::Unreadable`]: crate::ErrorKind::Unreadable
        reason: Option<Arc<Error>>,
    },
}

impl<T> Outcome<T> {
    /// The answer of the service, where it did what was asked.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(answer) => Some(answer),
            _ => None,
        }
    }
}

/// Why a target was not done, in one line.
impl<T> fmt::Display for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(_) => f.write_str("done"),
            Self::Rejected(refusal) => write!(f, "{refusal}"),
            Self::NotAttempted { reason: why } => write!(f, "not attempted: {why}"),
            Self::Unknown { reason: Some(why) } => write!(f, "unknown: {why}"),
            Self::Unknown { reason: None } => f.write_str("unknown: the answer says nothing about it"),
        }
    }
}

/// All outcomes of a batch, in the order of its targets, and how many there are of each kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BatchReport<T> {
    /// One item for each target.
    pub items: Vec<BatchItem<T>>,
    /// How many targets were done.
    pub done: usize,
    /// How many the service refused.
    pub rejected: usize,
    /// How many were never sent.
    pub not_attempted: usize,
    /// Of how many it is not known.
    pub unknown: usize,
}

impl<T> Default for BatchReport<T> {
    fn default() -> Self {
        Self { items: Vec::new(), done: 0, rejected: 0, not_attempted: 0, unknown: 0 }
    }
}

impl<T> BatchReport<T> {
    /// Whether every target was done.
    pub fn is_complete(&self) -> bool {
        self.done == self.items.len()
    }
}

impl<T> Extend<BatchItem<T>> for BatchReport<T> {
    fn extend<I: IntoIterator<Item = BatchItem<T>>>(&mut self, items: I) {
        for item in items {
            match item.outcome {
                Outcome::Done(_) => self.done += 1,
                Outcome::Rejected(_) => self.rejected += 1,
                Outcome::NotAttempted { .. } => self.not_attempted += 1,
                Outcome::Unknown { .. } => self.unknown += 1,
            }
            self.items.push(item);
        }
    }
}

impl<T> FromIterator<BatchItem<T>> for BatchReport<T> {
    fn from_iter<I: IntoIterator<Item = BatchItem<T>>>(items: I) -> Self {
        let mut report = Self::default();
        report.extend(items);
        report
    }
}
