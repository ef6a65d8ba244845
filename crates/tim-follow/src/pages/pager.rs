//! The state machine that reads a list, without IO.

use std::collections::HashSet;

use tim_types::{Paged, ResponseBody as _, Sequence, UserId};

use super::cycle::CycleDetector;
use super::{Page, PageError, PageResult};
use crate::engine::PageRead;
use crate::{Error, ErrorKind};

/// The maximum number of times that a list is read again from its start because it changed between
/// two pages.
const MAX_RESTARTS: u32 = 10;

/// Reads a list page by page, from the position of a request to the end.
#[derive(Debug)]
pub(crate) struct Pager<R: Paged> {
    request: R,
    state: State,
    cycle: CycleDetector<R::Position>,
    versions: Versions,
}

#[derive(Debug)]
enum State {
    /// The next page can be requested.
    Active,
    /// The list has not ended, but the next page cannot be requested.
    Stuck(ErrorKind),
    Ended,
}

/// The version of a list, and the users that were already returned. Unused if the service reports
/// no version. The set stays small, because a list with versions has at most 3000 entries.
#[derive(Debug, Default)]
struct Versions {
    /// Whether the list has reported a version.
    is_reported: bool,
    current: Option<Sequence>,
    restarts: u32,
    returned: HashSet<UserId>,
}

/// The version of a page, compared with that of the pages before.
enum Version {
    Same,
    /// The list changed, and has to be read again from its start.
    Changed,
    /// The list changed more than [`MAX_RESTARTS`] times.
    ChangedTooOften,
}

impl Versions {
    fn check(&mut self, sequence: Option<Sequence>) -> Version {
        let Some(sequence) = sequence else { return Version::Same };
        self.is_reported = true;
        match self.current.replace(sequence) {
            Some(before) if before != sequence => {
                self.current = None;
                self.restarts += 1;
                if self.restarts > MAX_RESTARTS { Version::ChangedTooOften } else { Version::Changed }
            }
            _ => Version::Same,
        }
    }
}

impl<R: Paged> Pager<R> {
    pub(crate) fn new(request: R) -> Self {
        let cycle = CycleDetector::new(request.position());
        Self { request, state: State::Active, cycle, versions: Versions::default() }
    }

    /// The position of the next page.
    pub(crate) fn position(&self) -> R::Position {
        self.request.position()
    }

    /// The request for the next page, or the error that ends the list; `None` after the end of the
    /// list.
    pub(crate) fn request(&mut self) -> Option<Result<&R, PageError<R::Position>>> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Active => {
                self.state = State::Active;
                Some(Ok(&self.request))
            }
            State::Stuck(kind) => Some(Err(self.end(Error::new(R::SERVICE, R::COMMAND, 1, kind)))),
            State::Ended => None,
        }
    }

    /// The request for the next page, if it can be sent. Changes nothing.
    pub(crate) fn next_request(&self) -> Option<&R> {
        matches!(self.state, State::Active).then_some(&self.request)
    }

    /// Converts the response to the request into a page. An error ends the list.
    pub(crate) fn page(&mut self, response: Result<PageRead<R>, Error>) -> PageResult<R> {
        let (mut response, problem) = response.map_err(|error| self.end(error))?;
        let unreadable = response.unreadable_mut().map(std::mem::take).unwrap_or_default();
        let sequence = R::sequence(&response);
        let version = self.versions.check(sequence);
        let (mut items, next) = R::split(response);
        if self.versions.is_reported {
            items.retain(|item| self.versions.returned.insert(R::user(item).clone()));
        }
        // The next position of an incomplete page would skip the missing entries.
        let next = next.filter(|_| problem.is_none());
        match (version, next, problem) {
            (_, _, Some(problem)) => {
                self.state = State::Stuck(ErrorKind::IncompletePage(problem.clone()));
                Ok(Page { items, unreadable, next: None, problem: Some(problem) })
            }
            (Version::Same, next, None) => {
                self.state = match &next {
                    None => State::Ended,
                    Some(next) => self.continue_at(next.clone()),
                };
                Ok(Page { items, unreadable, next, problem: None })
            }
            (changed, _, None) => {
                let start = R::Position::default();
                self.request.seek(start.clone());
                self.cycle = CycleDetector::new(start.clone());
                if let Version::ChangedTooOften = changed {
                    self.state = State::Stuck(ErrorKind::ListChanged);
                }
                Ok(Page { items, unreadable, next: Some(start), problem: None })
            }
        }
    }

    fn continue_at(&mut self, next: R::Position) -> State {
        let is_stuck = next == self.request.position() || self.cycle.repeats(&next);
        self.request.seek(next);
        if is_stuck { State::Stuck(ErrorKind::CursorStuck) } else { State::Active }
    }

    fn end(&mut self, error: Error) -> PageError<R::Position> {
        self.state = State::Ended;
        PageError { position: self.request.position(), error }
    }
}
