//! Detects positions of a list that repeat.

/// Detects cycles with Brent's algorithm: keeps the position of page 1, 2, 4, 8 and so on, and
/// compares the later positions with it. Takes the memory of one position, however long the list
/// is, and never reports a cycle in a list without one. Let `n` be the number of pages up to the
/// end of the first cycle; the cycle is detected after at most `3 * n` pages.
#[derive(Debug)]
pub(super) struct CycleDetector<P> {
    kept: P,
    pages_since: u64,
    keep_for: u64,
}

impl<P: Clone + PartialEq> CycleDetector<P> {
    pub(super) fn new(start: P) -> Self {
        Self { kept: start, pages_since: 0, keep_for: 1 }
    }

    /// Adds the next position; returns whether it repeats an earlier one.
    pub(super) fn repeats(&mut self, next: &P) -> bool {
        if *next == self.kept {
            return true;
        }
        self.pages_since = self.pages_since.saturating_add(1);
        if self.pages_since >= self.keep_for {
            *self = Self { kept: next.clone(), pages_since: 0, keep_for: self.keep_for.saturating_mul(2) };
        }
        false
    }
}
