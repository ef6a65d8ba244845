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
}

#[derive(Debug)]
enum State {
    /// The request is for a page that is still to come.
    Going,
    /// The last page named itself as the next one, which would go on for ever.
    Stuck,
    Over,
}

impl<E: Paged> Walk<E> {
    pub(crate) fn new(request: E) -> Self {
        Self { request, state: State::Going }
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
            Some(next) if next == self.request.cursor() => State::Stuck,
            Some(next) => {
                self.request.seek(next.clone());
                State::Going
            }
        };
        Ok(Page { items, next })
    }

    fn end(&mut self, error: Error) -> PageError {
        self.state = State::Over;
        PageError { cursor: self.request.cursor().clone(), error }
    }
}
