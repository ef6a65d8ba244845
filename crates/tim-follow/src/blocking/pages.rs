//! Lists of the blocking client.

use std::fmt;

use tim_types::Paged;

use super::Client;
use crate::pages::{Entries, Page, PageError, Pager};

/// Reads a list page by page. An iterator that ends after the last page, and after an error.
/// Created by [`Client::pages`](super::Client::pages).
#[derive(Debug)]
#[must_use = "a list sends nothing until its pages are taken"]
pub struct Pages<R: Paged> {
    client: Client,
    pager: Pager<R>,
}

impl<R: Paged> Pages<R> {
    pub(crate) fn new(client: Client, request: R) -> Self {
        Self { client, pager: Pager::new(request) }
    }

    /// Converts this into an iterator over single entries.
    pub fn items(self) -> Items<R> {
        Items { pages: self, page: None }
    }

    /// The position of the next page; `None` after the last page. It can be stored as text, to
    /// resume the list later with the `start_at` of the request.
    pub fn position(&self) -> Option<R::Position> {
        self.pager.next_position()
    }
}

impl<R: Paged> Iterator for Pages<R> {
    type Item = Result<Page<R::Item, R::Position>, PageError<R::Position>>;

    fn next(&mut self) -> Option<Self::Item> {
        let request = match self.pager.request()? {
            Ok(request) => request.clone(),
            Err(error) => return Some(Err(error)),
        };
        let response = self.client.send_paged(request);
        Some(self.pager.page(response))
    }
}

/// Reads a list entry by entry. Created by [`Pages::items`].
///
/// An iterator that ends after the last entry, and after an error. An entry that cannot be read is
/// an error of kind [`Unreadable`](crate::ErrorKind::Unreadable), which does not end the iterator.
#[must_use = "a list sends nothing until its entries are taken"]
pub struct Items<R: Paged> {
    pages: Pages<R>,
    page: Option<Entries<R>>,
}

impl<R: Paged> Items<R> {
    /// The position of the page that the next entry is on; `None` after the last entry. A list that
    /// resumes there lacks no entry, and yields the entries of this page again.
    pub fn position(&mut self) -> Option<R::Position> {
        let current = self.page.as_mut().and_then(Entries::position);
        current.or_else(|| self.pages.position())
    }
}

impl<R: Paged> Iterator for Items<R> {
    type Item = Result<R::Item, PageError<R::Position>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.page.as_mut().and_then(Entries::next) {
                return Some(item);
            }
            let position = self.pages.pager.position();
            match self.pages.next()? {
                Ok(page) => self.page = Some(Entries::new(page, position)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<R: Paged + fmt::Debug> fmt::Debug for Items<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}
