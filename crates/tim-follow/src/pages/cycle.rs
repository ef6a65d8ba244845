//! Detects that the positions of a list repeat.

/// Detects cycles with Brent's algorithm: it keeps the position of page 1, 2, 4, 8 and so on, and
/// compares each later one with it. It needs the memory of one position, however long the list is,
/// and never reports a cycle in a list without one. It detects a cycle after at most three times
/// the pages before the end of the cycle.
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

    /// Takes the next position; returns whether it repeats.
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
