//! Lists of the asynchronous client.

use std::fmt;
use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use tim_types::Paged;

use super::Client;
use crate::Error;
use crate::engine::PageRead;
use crate::pages::{Entries, ItemResult, PageResult, Pager};

type PageFuture<R> = Pin<Box<dyn Future<Output = Result<PageRead<R>, Error>> + Send>>;

/// Reads a list page by page. Created by [`Client::pages`](super::Client::pages).
///
/// Dropping a future of [`next`](Self::next) loses no page.
///
/// # Panics
/// Polling panics outside of a tokio runtime, if the transport is reqwest; see
/// [`Client`](super::Client#panics).
#[must_use = "a list sends nothing until its pages are taken"]
pub struct Pages<R: Paged> {
    client: Client,
    pager: Pager<R>,
    prefetch: bool,
    /// The response to the request of the pager, if the request was sent.
    response: Option<PageFuture<R>>,
}

impl<R: Paged + 'static> Pages<R> {
    pub(crate) fn new(client: Client, request: R) -> Self {
        Self { client, pager: Pager::new(request), prefetch: false, response: None }
    }

    /// Requests the next page when a page is returned, so that it arrives while the caller
    /// processes the current one. A caller that stops early has requested one page too many.
    pub fn prefetch(self) -> Self {
        Self { prefetch: true, ..self }
    }

    /// Returns the next page; `None` after the last page, and after an error.
    ///
    /// The error contains the position at which the list can be resumed.
    pub async fn next(&mut self) -> Option<PageResult<R>> {
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// Converts this into a reader that returns single entries.
    pub fn items(self) -> Items<R> {
        Items { pages: self, page: None }
    }

    /// The position of the next page; `None` after the last page. It can be stored as text, to
    /// resume the list later with the `start_at` of the request.
    pub fn position(&self) -> Option<R::Position> {
        self.pager.next_position()
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<PageResult<R>>> {
        let response = match &mut self.response {
            Some(response) => response,
            None => match self.pager.request() {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(request)) => self.response.insert(send(&self.client, request.clone())),
            },
        };
        let Poll::Ready(response) = response.as_mut().poll(cx) else { return Poll::Pending };
        self.response = None;
        let page = self.pager.page(response);
        if self.prefetch
            && let Some(request) = self.pager.next_request()
        {
            let mut response = send(&self.client, request.clone());
            // The request is sent by the first poll.
            if let Poll::Ready(early) = response.as_mut().poll(cx) {
                response = Box::pin(ready(early));
            }
            self.response = Some(response);
        }
        Poll::Ready(Some(page))
    }
}

fn send<R: Paged + 'static>(client: &Client, request: R) -> PageFuture<R> {
    let client = client.clone();
    Box::pin(async move { client.send_paged(request).await })
}

impl<R: Paged + fmt::Debug> fmt::Debug for Pages<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("pager", &self.pager).field("prefetch", &self.prefetch).finish_non_exhaustive()
    }
}

/// Reads a list entry by entry. Created by [`Pages::items`].
///
/// # Panics
/// Polling panics outside of a tokio runtime, if the transport is reqwest; see
/// [`Client`](super::Client#panics).
#[must_use = "a list sends nothing until its entries are taken"]
pub struct Items<R: Paged> {
    pages: Pages<R>,
    page: Option<Entries<R>>,
}

impl<R: Paged + 'static> Items<R> {
    /// Returns the next entry; `None` after the last entry, and after an error that ends the list.
    ///
    /// An entry that cannot be read is an error of kind
    /// [`Unreadable`](crate::ErrorKind::Unreadable), which does not end the list.
    pub async fn next(&mut self) -> Option<ItemResult<R>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The position of the page that the next entry is on; `None` after the last entry. A list that
    /// resumes there lacks no entry, and yields the entries of this page again.
    pub fn position(&mut self) -> Option<R::Position> {
        let current = self.page.as_mut().and_then(Entries::position);
        current.or_else(|| self.pages.position())
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<ItemResult<R>>> {
        loop {
            if let Some(item) = self.page.as_mut().and_then(Entries::next) {
                return Poll::Ready(Some(item));
            }
            let position = self.pages.pager.position();
            match self.pages.poll_page(cx) {
                Poll::Ready(Some(Ok(page))) => self.page = Some(Entries::new(page, position)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<R: Paged + fmt::Debug> fmt::Debug for Items<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
mod stream {
    use super::*;
    use futures_core::Stream;

    impl<R: Paged + Unpin + 'static> Stream for Pages<R> {
        type Item = PageResult<R>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_page(cx)
        }
    }

    impl<R: Paged<Item: Unpin> + Unpin + 'static> Stream for Items<R> {
        type Item = ItemResult<R>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_item(cx)
        }
    }
}
