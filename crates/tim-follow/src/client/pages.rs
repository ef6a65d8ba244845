//! A list through the asynchronous client.

use std::fmt;
use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use tim_types::{Cursor, Paged};

use super::Client;
use crate::Error;
use crate::engine::PageRead;
use crate::pages::{Entries, Page, PageError, Pager};

type PageFuture<E> = Pin<Box<dyn Future<Output = Result<PageRead<E>, Error>> + Send>>;

/// A list on its way, page by page.
///
/// A page that is here already, or on its way, is not lost when a future of [`next`](Self::next) is dropped.
pub struct Pages<E: Paged> {
    client: Client,
    walk: Pager<E>,
    prefetch: bool,
    /// The answer to the request of the walk, once it was sent.
    answer: Option<PageFuture<E>>,
}

impl<E: Paged + 'static> Pages<E> {
    pub(crate) fn new(client: Client, request: E) -> Self {
        Self { client, walk: Pager::new(request), prefetch: false, answer: None }
    }

    /// The same list, whose next page is asked for when a page is handed out, so that it comes while that one is read. Who
    /// stops early has then asked for one page too many.
    #[must_use]
    pub fn prefetch(self) -> Self {
        Self { prefetch: true, ..self }
    }

    /// The next page; `None` after the last one, and after an error.
    ///
    /// The error holds the cursor from which a new walk can go on.
    pub async fn next(&mut self) -> Option<Result<Page<E::Item>, PageError>> {
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// The entries one by one, page after page.
    pub fn items(self) -> Items<E> {
        Items { pages: self, page: None }
    }

    /// Where the next page starts.
    pub fn cursor(&self) -> &Cursor {
        self.walk.cursor()
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page<E::Item>, PageError>>> {
        let answer = match &mut self.answer {
            Some(answer) => answer,
            None => match self.walk.request() {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(request)) => self.answer.insert(ask(&self.client, request.clone())),
            },
        };
        let Poll::Ready(answer) = answer.as_mut().poll(cx) else { return Poll::Pending };
        self.answer = None;
        let page = self.walk.page(answer);
        if self.prefetch
            && let Some(request) = self.walk.next_request()
        {
            let mut answer = ask(&self.client, request.clone());
            // The first poll sends the request.
            if let Poll::Ready(early) = answer.as_mut().poll(cx) {
                answer = Box::pin(ready(early));
            }
            self.answer = Some(answer);
        }
        Poll::Ready(Some(page))
    }
}

fn ask<E: Paged + 'static>(client: &Client, request: E) -> PageFuture<E> {
    let client = client.clone();
    Box::pin(async move { client.send_paged(request).await })
}

impl<E: Paged + fmt::Debug> fmt::Debug for Pages<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("walk", &self.walk).field("prefetch", &self.prefetch).finish_non_exhaustive()
    }
}

/// The entries of a list, one by one.
pub struct Items<E: Paged> {
    pages: Pages<E>,
    page: Option<Entries<E>>,
}

impl<E: Paged + 'static> Items<E> {
    /// The next entry; `None` after the last one, and after an error that ends the list. An entry that cannot be read is an
    /// error too ([`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable)), after which the next entries follow.
    pub async fn next(&mut self) -> Option<Result<E::Item, PageError>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Where the page after the current one starts.
    pub fn cursor(&self) -> &Cursor {
        self.pages.cursor()
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E::Item, PageError>>> {
        loop {
            if let Some(item) = self.page.as_mut().and_then(Entries::next) {
                return Poll::Ready(Some(item));
            }
            let cursor = self.pages.cursor().clone();
            match self.pages.poll_page(cx) {
                Poll::Ready(Some(Ok(page))) => self.page = Some(Entries::new(page, cursor)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<E: Paged + fmt::Debug> fmt::Debug for Items<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
mod stream {
    use super::*;
    use futures_core::Stream;

    impl<E: Paged + Unpin + 'static> Stream for Pages<E> {
        type Item = Result<Page<E::Item>, PageError>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_page(cx)
        }
    }

    impl<E: Paged<Item: Unpin> + Unpin + 'static> Stream for Items<E> {
        type Item = Result<E::Item, PageError>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_item(cx)
        }
    }
}
