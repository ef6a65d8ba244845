//! Commands whose response is one page of a list, and the positions in such lists.

use std::fmt::{self, Debug, Display};
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Endpoint, UserId};

/// A command whose response is one page of a list.
pub trait Paged: Endpoint + Clone {
    /// The position at which a page starts: a [`Cursor`](crate::Cursor) or a [`StartIndex`]. Its
    /// default is the start of the list.
    type Position: Position;
    /// One entry of a page.
    type Item: Send;

    /// Returns the entries of a page, and the position of the next page; `None` for the last page.
    fn split(response: Self::Response) -> (Vec<Self::Item>, Option<Self::Position>);

    /// Returns the user of an entry.
    fn user(item: &Self::Item) -> &UserId;

    /// Returns the position of the page that this request asks for.
    fn position(&self) -> Self::Position;

    /// Changes the position of this request, so that it asks for the page at `position`.
    fn seek(&mut self, position: Self::Position);

    /// Returns the version of the list that a page belongs to; `None` if the service does not
    /// report one.
    ///
    /// If the version changes between two pages, the clients read the list again from its start
    /// and leave out the users that they have already returned. A position does not contain the
    /// version: if a list has changed before it resumes at a stored position, it can lack entries
    /// or return some again. Return `None`, and not a default, if a response lacks the key.
    fn sequence(_response: &Self::Response) -> Option<Sequence> {
        None
    }
}

/// A position in a list. `FromStr` reads what `Display` writes, so a position can be stored as
/// text.
pub trait Position: Clone + Debug + Default + Display + FromStr + PartialEq + Send + Sync + Unpin + 'static {}

impl<T: Clone + Debug + Default + Display + FromStr + PartialEq + Send + Sync + Unpin + 'static> Position for T {}

/// The version of a list: up to two numbers that grow when it changes, for example
/// `StandardSequence` and `CustomSequence` of friend_get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence(pub [i64; 2]);

/// A position in a list, given as the number of entries before it: `StartIndex` on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StartIndex(pub u32);

impl StartIndex {
    /// Returns this index as the start of the next page; `None` for 0, which black_list_get sends
    /// with the last page. A command with a flag for the last page, such as friend_get, has to use
    /// the flag.
    pub fn into_next(self) -> Option<Self> {
        (self.0 != 0).then_some(self)
    }
}

impl Display for StartIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl FromStr for StartIndex {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}
