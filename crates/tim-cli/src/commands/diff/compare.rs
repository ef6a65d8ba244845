//! Compares rows by their keys.

use std::collections::HashMap;

use super::rows::{Content, Rows};

const DONE: &[u8] = b"done";

/// The rows of A, and what differs in B.
#[derive(Default)]
pub(super) struct Comparison {
    a: Rows,
    /// The number of rows of B with the key of each row of A that is the first one with its key.
    in_b: Vec<usize>,
    /// The contents of B that differ, by the row of A.
    differing: HashMap<usize, Box<[u8]>>,
    only_b: Rows,
    rows_b: u64,
}

/// A difference between rows with the same key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference<'a> {
    OnlyInA,
    OnlyInB,
    /// The compared cells of both.
    Changed(&'a [u8], &'a [u8]),
    /// The number of rows in A and B.
    Duplicate(usize, usize),
    /// The outcomes of rows of which at least one was not done.
    NotDone(Option<&'a [u8]>, Option<&'a [u8]>),
}

/// Numbers of rows.
pub(super) struct Totals {
    pub(super) a: u64,
    pub(super) b: u64,
    /// The number of keys that A has more than once.
    pub(super) repeated: usize,
}

impl Comparison {
    pub(super) fn add_a(&mut self, key: &[u8], content: &[u8]) {
        self.a.add(key, content);
    }

    /// Compares a row of B. All rows of A must have been added.
    pub(super) fn add_b(&mut self, key: &[u8], content: &[u8]) {
        self.rows_b += 1;
        let Some(first) = self.a.find(key) else {
            // Only the outcome of a row that was not done is printed.
            let content = if matches!(Content::of(content), Content::Data(_)) { &[] } else { content };
            self.only_b.add(key, content);
            return;
        };
        self.in_b.resize(self.a.len(), 0);
        let Some(count) = self.in_b.get_mut(first) else { return };
        let row = self.a.nth(first, *count);
        *count += 1;
        let of_b = Content::of(content);
        if let Some(row) = row
            && (self.a.content(row) != of_b || matches!(of_b, Content::NotDone(_)))
        {
            self.differing.insert(row, content.into());
        }
    }

    pub(super) fn totals(&self) -> Totals {
        Totals { a: self.a.len() as u64, b: self.rows_b, repeated: self.a.repeated() }
    }

    /// Visits the differences with their keys: in the order of A, then in that of B.
    pub(super) fn differences<E>(
        &self,
        mut visit: impl FnMut(&[u8], Difference<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for row in 0..self.a.len() {
            let (first, nth) = self.a.place(row);
            let (in_a, in_b) = (self.a.count(first), self.in_b.get(first).copied().unwrap_or_default());
            let of_b = self.differing.get(&row).map(|bytes| Content::of(bytes));
            if let Some(difference) = difference(self.a.content(row), of_b, nth, in_b) {
                visit(self.a.key(row), difference)?;
            }
            if nth == 0 && in_a != in_b && in_a.max(in_b) > 1 {
                visit(self.a.key(row), Difference::Duplicate(in_a, in_b))?;
            }
        }
        for row in 0..self.only_b.len() {
            let (key, (first, nth)) = (self.only_b.key(row), self.only_b.place(row));
            match self.only_b.content(row) {
                Content::NotDone(outcome) => visit(key, Difference::NotDone(None, Some(outcome)))?,
                Content::Data(_) if nth == 0 => visit(key, Difference::OnlyInB)?,
                Content::Data(_) => {}
            }
            let count = self.only_b.count(first);
            if nth == 0 && count > 1 {
                visit(key, Difference::Duplicate(0, count))?;
            }
        }
        Ok(())
    }
}

/// How a row of A differs from that of B; `of_b` is `None` if it is equal or missing. There are
/// `nth` rows with the same key before it, and `in_b` in B.
fn difference<'a>(of_a: Content<'a>, of_b: Option<Content<'a>>, nth: usize, in_b: usize) -> Option<Difference<'a>> {
    match (of_a, of_b) {
        (Content::Data(a), Some(Content::Data(b))) => Some(Difference::Changed(a, b)),
        (Content::Data(_), Some(Content::NotDone(b))) => Some(Difference::NotDone(Some(DONE), Some(b))),
        (Content::NotDone(a), Some(Content::NotDone(b))) => Some(Difference::NotDone(Some(a), Some(b))),
        (Content::NotDone(a), Some(Content::Data(_))) => Some(Difference::NotDone(Some(a), Some(DONE))),
        (Content::NotDone(a), None) => Some(Difference::NotDone(Some(a), None)),
        // Later rows of a key that B does not have are reported as duplicates.
        (Content::Data(_), None) => (nth == 0 && in_b == 0).then_some(Difference::OnlyInA),
    }
}
