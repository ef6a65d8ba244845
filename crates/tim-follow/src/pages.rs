//! Reading a list page by page. Shared by both clients.

mod cycle;
mod entries;
mod error;
mod pager;

use tim_types::{DecodeError, UnreadableItem};

pub(crate) use entries::Entries;
pub use error::PageError;
pub(crate) use pager::Pager;

/// One page of a list. `P` is the type of its positions.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T, P> {
    /// The entries. A page may be empty without being the last one.
    pub items: Vec<T>,
    /// The entries that cannot be read, with their position among all entries of the page. Nearly
    /// always empty.
    pub unreadable: Vec<UnreadableItem>,
    /// Where the next page starts; `None` on the last page ([`is_last`](Self::is_last)), and when
    /// `problem` is set. It can be stored, to resume the list later.
    pub next: Option<P>,
    /// Set when entries or the next position of this page cannot be read. The list does not end
    /// here, but cannot continue: the next element of the pages is the error.
    pub problem: Option<DecodeError>,
}

impl<T, P> Page<T, P> {
    /// Whether the list ends with this page.
    pub fn is_last(&self) -> bool {
        self.next.is_none() && self.problem.is_none()
    }
}
