//! Iterates over the entries of a page.

use std::iter::Peekable;
use std::vec;

use tim_types::{Paged, UnreadableItem};

use super::{ItemResult, Page, PageError};

/// An iterator over the entries of a page, in their order. It yields an error for each unreadable
/// entry.
pub(crate) struct Entries<R: Paged> {
    items: vec::IntoIter<R::Item>,
    unreadable: Peekable<vec::IntoIter<UnreadableItem>>,
    /// The index of the next entry.
    index: usize,
    position: R::Position,
}

impl<R: Paged> Entries<R> {
    /// Iterates over the entries of the page that starts at `position`.
    pub(crate) fn new(page: Page<R::Item, R::Position>, position: R::Position) -> Self {
        let (items, unreadable) = (page.items.into_iter(), page.unreadable.into_iter().peekable());
        Self { items, unreadable, index: 0, position }
    }
}

impl<R: Paged> Iterator for Entries<R> {
    type Item = ItemResult<R>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index;
        self.index += 1;
        if let Some(item) = self.unreadable.next_if(|item| item.index <= index) {
            return Some(Err(PageError::of_entry::<R>(item, self.position.clone())));
        }
        // After a restart of the list, entries before an unreadable one can be missing.
        let rest = || self.unreadable.next().map(|item| Err(PageError::of_entry::<R>(item, self.position.clone())));
        self.items.next().map(Ok).or_else(rest)
    }
}
