//! Walking through a list page by page: what both clients share.

use std::iter::Peekable;
use std::{fmt, vec};

use tim_types::{Cursor, DecodeError, Paged, Printable, ResponseBody as _, UnreadableItem};

use crate::engine::PageRead;
use crate::{Error, ErrorKind};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries; a page may be empty and still not be the last.
    pub items: Vec<T>,
    /// The entries that cannot be read, by their position among all entries of the page; nearly always empty.
    pub unreadable: Vec<UnreadableItem>,
    /// Where the next page starts; `None` on the last page ([`is_last`](Self::is_last)), and when `problem` is set. Kept, it
    /// resumes the list later.
    pub next: Option<Cursor>,
    /// Set when entries or the next cursor of this page cannot be read. The list does not end here, but cannot continue:
    /// the next thing that the pages yield is the error.
    pub problem: Option<DecodeError>,
}

impl<T> Page<T> {
    /// Whether the list ends with this page.
    pub fn is_last(&self) -> bool {
        self.next.is_none() && self.problem.is_none()
    }
}

/// Why a list broke off, and where to go on; or, from `items()`, why one entry of it cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageError {
    /// Where a new walk continues. It depends on the error:
    ///
    /// * A page did not arrive: its start. No entry is missing, and none comes twice.
    /// * The next cursor repeats an earlier one ([`ErrorKind::CursorStuck`]): the next cursor.
    /// * A page is incomplete ([`ErrorKind::IncompletePage`]): its start, as no other cursor is known. The entries that it
    ///   yielded come again.
    /// * An entry cannot be read ([`ErrorKind::Unreadable`]): the start of its page.
    pub cursor: Cursor,
    /// Why the list broke off. [`ErrorKind::Unreadable`] is about a single entry: the next entries follow.
    pub error: Error,
}

impl PageError {
    /// An entry of the page that starts at `cursor` cannot be read.
    pub(crate) fn of_entry<E: Paged>(item: UnreadableItem, cursor: Cursor) -> Self {
        Self { cursor, error: Error::new(E::SERVICE, E::COMMAND, 1, ErrorKind::Unreadable(item)) }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cursor = Printable(self.cursor.as_str());
        match self.error.kind() {
            ErrorKind::Unreadable(_) => {
                write!(f, "{}; it is on the page that starts at the cursor {cursor:?}", self.error)
            }
            _ => write!(f, "{}; the list goes on from the cursor {cursor:?}", self.error),
        }
    }
}

impl std::error::Error for PageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

/// Where a walk through a list is.
#[derive(Debug)]
pub(crate) struct Pager<E> {
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
    Active,
    /// The last page does not lead to another one, as it should.
    Stuck(ErrorKind),
    Ended,
}

impl<E: Paged> Pager<E> {
    pub(crate) fn new(request: E) -> Self {
        let cycle = CycleDetector::new(request.cursor().clone());
        Self { request, state: State::Active, cycle }
    }

    /// Where the next page starts.
    pub(crate) fn cursor(&self) -> &Cursor {
        self.request.cursor()
    }

    /// The request for the next page, or why there is none; `None` when the list is over.
    pub(crate) fn request(&mut self) -> Option<Result<&E, PageError>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Active => {
                self.state = State::Active;
                Some(Ok(&self.request))
            }
            State::Stuck(why) => Some(Err(self.end(Error::new(E::SERVICE, E::COMMAND, 1, why)))),
            State::Ended => None,
        }
    }

    /// The request for the next page, if there is one to ask for.
    pub(crate) fn next_request(&self) -> Option<&E> {
        matches!(self.state, State::Active).then_some(&self.request)
    }

    /// Takes the answer to the request. An error ends the walk.
    pub(crate) fn page(&mut self, answer: Result<PageRead<E>, Error>) -> Result<Page<E::Item>, PageError> {
        let (mut response, problem) = answer.map_err(|error| self.end(error))?;
        let unreadable = response.unreadable_mut().map(std::mem::take).unwrap_or_default();
        let (items, next) = E::split(response);
        // The next cursor of an incomplete page would lead past the entries that are missing.
        let next = next.filter(|_| problem.is_none());
        self.state = match (&next, &problem) {
            (_, Some(problem)) => State::Stuck(ErrorKind::IncompletePage(problem.clone())),
            (None, None) => State::Ended,
            (Some(next), None) => {
                let stuck = next == self.request.cursor() || self.cycle.repeats(next);
                self.request.seek(next.clone());
                if stuck { State::Stuck(ErrorKind::CursorStuck) } else { State::Active }
            }
        };
        Ok(Page { items, unreadable, next, problem })
    }

    fn end(&mut self, error: Error) -> PageError {
        self.state = State::Ended;
        PageError { cursor: self.request.cursor().clone(), error }
    }
}

/// The entries of a page in their order, an error for each that cannot be read.
pub(crate) struct Entries<E: Paged> {
    items: vec::IntoIter<E::Item>,
    unreadable: Peekable<vec::IntoIter<UnreadableItem>>,
    /// The position of the next entry.
    at: usize,
    cursor: Cursor,
}

impl<E: Paged> Entries<E> {
    /// The entries of the page that starts at `cursor`.
    pub(crate) fn new(page: Page<E::Item>, cursor: Cursor) -> Self {
        Self { items: page.items.into_iter(), unreadable: page.unreadable.into_iter().peekable(), at: 0, cursor }
    }
}

impl<E: Paged> Iterator for Entries<E> {
    type Item = Result<E::Item, PageError>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        self.at += 1;
        if let Some(item) = self.unreadable.next_if(|item| item.index <= at) {
            return Some(Err(PageError::of_entry::<E>(item, self.cursor.clone())));
        }
        self.items.next().map(Ok)
    }
}
