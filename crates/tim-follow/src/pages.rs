//! Lists of both clients: reads a list page by page.

mod cycle;
mod entries;
mod error;
mod pager;

use tim_types::{DecodeError, Paged, UnreadableItem};

pub(crate) use entries::Entries;
pub use error::PageError;
pub(crate) use pager::Pager;

/// The position type of a list.
pub(crate) type PositionOf<R> = <R as Paged>::Position;
/// A page of a list, or the error that ends the list.
pub(crate) type PageResult<R> = Result<Page<<R as Paged>::Item, PositionOf<R>>, PageError<PositionOf<R>>>;
/// An entry of a list, or an error.
pub(crate) type ItemResult<R> = Result<<R as Paged>::Item, PageError<PositionOf<R>>>;

/// One page of a list. `P` is the type of its positions.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T, P> {
    /// The entries. A page without entries can have a next page.
    pub items: Vec<T>,
    /// The entries that cannot be read, each with its index among all entries of the page. Empty
    /// for a documented response.
    pub unreadable: Vec<UnreadableItem>,
    /// The position of the next page, which can be stored to resume the list later. `None` on the
    /// last page ([`is_last`](Self::is_last)), and if `problem` is set.
    pub next: Option<P>,
    /// Set if the page is incomplete, for example because the next position cannot be read. The
    /// list has not ended, but cannot continue: an error follows this page.
    pub problem: Option<DecodeError>,
}

impl<T, P> Page<T, P> {
    /// Returns whether this is the last page of the list.
    pub fn is_last(&self) -> bool {
        self.next.is_none() && self.problem.is_none()
    }
}
