//! A list through the blocking client.

use tim_types::{Cursor, Paged};

use super::Client;
use crate::pages::{Page, PageError, Walk};

/// A list on its way, page by page: an iterator that ends after an error.
#[derive(Debug)]
pub struct Pages<E> {
    client: Client,
    walk: Walk<E>,
}

impl<E: Paged> Pages<E> {
    pub(crate) fn new(client: Client, request: E) -> Self {
        Self { client, walk: Walk::new(request) }
    }

    /// The entries one by one, page after page; an iterator that ends after an error.
    pub fn items(self) -> impl Iterator<Item = Result<E::Item, PageError>> {
        self.flat_map(|page| {
            let (items, error) = match page {
                Ok(page) => (page.items, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            items.into_iter().map(Ok).chain(error)
        })
    }

    /// Where the next page starts.
    pub fn cursor(&self) -> &Cursor {
        self.walk.cursor()
    }
}

impl<E: Paged> Iterator for Pages<E> {
    type Item = Result<Page<E::Item>, PageError>;

    fn next(&mut self) -> Option<Self::Item> {
        let request = match self.walk.request()? {
            Ok(request) => request.clone(),
            Err(error) => return Some(Err(error)),
        };
        let answer = self.client.send(request);
        Some(self.walk.page(answer))
    }
}
