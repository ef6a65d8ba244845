//! Walking through a list page by page: what both clients share.

use std::fmt;

use tim_types::{Cursor, Paged};

use crate::{Error, ErrorKind};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries; a page may be empty and still not be the last.
    pub items: Vec<T>,
    /// Where the next page starts; `None` after the last one. Kept, it resumes the list later.
    pub next: Option<Cursor>,
}

/// Why a list broke off, and where to go on.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageError {
    /// The start of the page that is missing.
    pub cursor: Cursor,
    /// Why it is missing.
    pub error: Error,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the list goes on from the cursor {:?}", self.error, self.cursor.as_str())
    }
}

impl std::error::Error for PageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// Where a walk through a list is.
#[derive(Debug)]
pub(crate) struct Walk<E> {
    request: E,
    state: State,
    cycle: CycleDetector,
}

/// Notices when the cursors of a list repeat.
///
/// Brent's algorithm: the cursor of page 1, 2, 4, 8 and so on is kept, and each later one is compared with it. It needs the
/// memory of one cursor, however long the list is, and never takes a list without a cycle for one. A cycle is noticed after
/// at most three times the pages that come before its end.
#[derive(Debug)]
struct CycleDetector {
    kept: Cursor,
    pages_since: u64,
    keep_for: u64,
}

impl CycleDetector {
    fn new(start: Cursor) -> Self {
        Self { kept: start, pages_since: 0, keep_for: 1 }
    }

    /// Takes the next cursor; whether it repeats.
    fn repeats(&mut self, next: &Cursor) -> bool {
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

#[derive(Debug)]
enum State {
    /// The request is for a page that is still to come.
    Going,
    /// The last page named an earlier page as the next one, which would go on for ever.
    Stuck,
    Over,
}

impl<E: Paged> Walk<E> {
    pub(crate) fn new(request: E) -> Self {
        let cycle = CycleDetector::new(request.cursor().clone());
        Self { request, state: State::Going, cycle }
    }

    /// Where the next page starts.
    pub(crate) fn cursor(&self) -> &Cursor {
        self.request.cursor()
    }

    /// The request for the next page, or why there is none; `None` when the list is over.
    pub(crate) fn request(&mut self) -> Option<Result<&E, PageError>> {
        match self.state {
            State::Going => Some(Ok(&self.request)),
            State::Stuck => {
                let error = Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::CursorStuck);
                Some(Err(self.end(error)))
            }
            State::Over => None,
        }
    }

    /// The request for the next page, if there is one to ask for.
    pub(crate) fn next_request(&self) -> Option<&E> {
        matches!(self.state, State::Going).then_some(&self.request)
    }

    /// Takes the answer to the request. An error ends the walk.
    pub(crate) fn page(&mut self, answer: Result<E::Response, Error>) -> Result<Page<E::Item>, PageError> {
        let (items, next) = E::split(answer.map_err(|error| self.end(error))?);
        self.state = match &next {
            None => State::Over,
            Some(next) => {
                let stuck = next == self.request.cursor() || self.cycle.repeats(next);
                self.request.seek(next.clone());
                if stuck { State::Stuck } else { State::Going }
            }
        };
        Ok(Page { items, next })
    }

    fn end(&mut self, error: Error) -> PageError {
        self.state = State::Over;
        PageError { cursor: self.request.cursor().clone(), error }
    }
}
