//! Why a list ended early.

use std::fmt::{self, Debug, Display};

use tim_types::{Cursor, Paged, Printable, UnreadableItem};

use crate::{Error, ErrorKind};

/// Why a list ended early and where it can be resumed; or, from `items()`, why one entry of it
/// cannot be read. `P` is the type of the positions of the list.
///
/// It converts into [`Error`], so `?` works in a function that returns one.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageError<P = Cursor> {
    /// Where the list can be resumed. It depends on the error:
    ///
    /// * A page did not arrive: its start. No entry is missing, and none comes twice.
    /// * The next position repeats an earlier one ([`ErrorKind::CursorStuck`]): the next position.
    /// * A page is incomplete ([`ErrorKind::IncompletePage`]): its start, as no other position is
    ///   known. The entries that it returned come again.
    /// * The list changed too often ([`ErrorKind::ListChanged`]): its start.
    /// * An entry cannot be read ([`ErrorKind::Unreadable`]): the start of its page.
    pub position: P,
    /// Why the list ended early. [`ErrorKind::Unreadable`] is about a single entry: the next
    /// entries follow.
    pub error: Error,
}

impl<P> PageError<P> {
    /// An entry of the page that starts at `position` cannot be read.
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
