//! The error of a list.

use std::fmt::{self, Debug, Display};

use tim_types::{Cursor, Paged, Printable, UnreadableItem};

use crate::{Error, ErrorKind};

/// A list ended early, or one of its entries cannot be read. `position` is where the list can be
/// resumed. `P` is the type of the positions of the list.
///
/// It converts into [`Error`], so `?` works in a function that returns an [`Error`].
#[derive(Debug)]
#[non_exhaustive]
pub struct PageError<P = Cursor> {
    /// The position at which the list can be resumed. It depends on the error:
    ///
    /// * The request for a page failed: the start of this page. A list that resumes there lacks no
    ///   entry, and yields none twice, unless the list has changed.
    /// * The next position repeats an earlier one ([`ErrorKind::CursorStuck`]): the next position.
    /// * A page is incomplete ([`ErrorKind::IncompletePage`]): the start of this page, because the
    ///   next position is unknown. A list that resumes there yields the entries of the page again.
    /// * The list changed too often ([`ErrorKind::ListChanged`]): the start of the list.
    /// * An entry cannot be read ([`ErrorKind::Unreadable`]): the start of its page.
    pub position: P,
    /// The reason. [`ErrorKind::Unreadable`] concerns a single entry and does not end the list.
    pub error: Error,
}

impl<P> PageError<P> {
    /// The error for an unreadable entry of the page that starts at `position`.
    pub(crate) fn of_entry<R: Paged<Position = P>>(item: UnreadableItem, position: P) -> Self {
        Self { position, error: Error::new(R::SERVICE, R::COMMAND, 1, ErrorKind::Unreadable(item)) }
    }
}

impl<P: Display> Display for PageError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position.to_string();
        let position = Printable(&position);
        match self.error.kind() {
            ErrorKind::Unreadable(_) => write!(f, "{}; it is on the page that starts at {position:?}", self.error),
            _ => write!(f, "{}; the list can be resumed at {position:?}", self.error),
        }
    }
}

impl<P: Debug + Display> std::error::Error for PageError<P> {}

impl<P> From<PageError<P>> for Error {
    fn from(error: PageError<P>) -> Self {
        error.error
    }
}
