//! A list through the blocking client.

use std::iter::from_fn;

use tim_types::{Cursor, Paged};

use super::Client;
use crate::pages::{Entries, Page, PageError, Pager};

/// A list on its way, page by page: an iterator that ends after an error.
#[derive(Debug)]
pub struct Pages<E> {
    client: Client,
    walk: Pager<E>,
}

impl<E: Paged> Pages<E> {
    pub(crate) fn new(client: Client, request: E) -> Self {
        Self { client, walk: Pager::new(request) }
    }

    /// The entries one by one, page after page; an iterator that ends after an error, unless it is about one entry that
    /// cannot be read ([`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable)).
    pub fn items(mut self) -> impl Iterator<Item = Result<E::Item, PageError>> {
        let mut page: Option<Entries<E>> = None;
        from_fn(move || {
            loop {
                if let Some(item) = page.as_mut().and_then(Entries::next) {
                    return Some(item);
                }
                let cursor = self.cursor().clone();
                match self.next()? {
                    Ok(next) => page = Some(Entries::new(next, cursor)),
                    Err(error) => return Some(Err(error)),
                }
            }
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
        let answer = self.client.send_paged(request);
        Some(self.walk.page(answer))
    }
}
