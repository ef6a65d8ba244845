//! A report with all outcomes of a batch.

use serde::Serialize;
use tim_types::Batch;

use super::{BatchItem, Outcome};

/// All outcomes of a batch, in the order of its targets, and the number of outcomes of each kind.
///
/// It can be serialized, but not deserialized. It serializes as an object with its fields.
#[derive(Debug, Clone, Serialize)]
#[serde(bound = "")]
#[must_use = "a report says which targets failed"]
#[non_exhaustive]
pub struct BatchReport<R: Batch> {
    /// One item for each target.
    pub items: Vec<BatchItem<R>>,
    /// The number of targets that the service processed.
    pub done: usize,
    /// The number of targets that the service rejected.
    pub rejected: usize,
    /// The number of targets that were never sent.
    pub not_attempted: usize,
    /// The number of targets whose result is not known.
    pub unknown: usize,
}

impl<R: Batch> Default for BatchReport<R> {
    fn default() -> Self {
        Self { items: Vec::new(), done: 0, rejected: 0, not_attempted: 0, unknown: 0 }
    }
}

impl<R: Batch> BatchReport<R> {
    /// Returns whether the service processed all targets.
    pub fn is_complete(&self) -> bool {
        self.done == self.items.len()
    }
}

impl<R: Batch> Extend<BatchItem<R>> for BatchReport<R> {
    fn extend<I: IntoIterator<Item = BatchItem<R>>>(&mut self, items: I) {
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

impl<R: Batch> FromIterator<BatchItem<R>> for BatchReport<R> {
    fn from_iter<I: IntoIterator<Item = BatchItem<R>>>(items: I) -> Self {
        let mut report = Self::default();
        report.extend(items);
        report
    }
}
