//! Lists that are read ahead: those of the next users at the same time, each at most by a page.
//!
//! Many more lists can be open than calls are in flight, so that a list that waits for a retry does
//! not stop the others.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use tim_follow::{Page, PageError, Paged, Pages, UserId};

use crate::input::stream::PairStream;

pub(super) type PageOk<R> = Page<<R as Paged>::Item, <R as Paged>::Position>;
type PageOf<R> = Result<PageOk<R>, PageError<<R as Paged>::Position>>;

/// How many lists can be open for each call in flight. At 200 calls per second, 32 calls in flight
/// give 2.5 seconds to a list that waits.
const OPEN_PER_CALL: usize = 16;
/// No further list is opened while so many entries were read and not taken.
const MAX_ENTRIES: usize = 32_000;

/// The list of a user.
pub(super) struct Open<R: Paged> {
    pub(super) user: UserId,
    pages: Pages<R>,
    /// The pages that were read and not taken.
    read: VecDeque<PageOf<R>>,
    /// Whether a page was asked for. From then on, the list is polled.
    started: bool,
    /// Whether no further page is read.
    ended: bool,
    /// How many entries are processed, of at most how many.
    pub(super) entries: u64,
    pub(super) limit: u64,
    /// Whether the list has no entries so far.
    pub(super) is_empty: bool,
    /// After an incomplete page comes the error, whatever the limit is.
    pub(super) incomplete: bool,
}

impl<R: Paged + Unpin + 'static> Open<R> {
    /// A list of which `entries` entries are processed, of at most `limit`.
    pub(super) fn new(user: UserId, pages: Pages<R>, entries: u64, limit: u64) -> Self {
        let ended = entries >= limit;
        Self {
            user,
            pages,
            read: VecDeque::new(),
            started: false,
            ended,
            entries,
            limit,
            is_empty: true,
            incomplete: false,
        }
    }

    /// Whether fewer than `pages` pages are read and not taken.
    fn has_room(&self, pages: usize) -> bool {
        !self.ended && self.read.len() < pages
    }

    /// Reads up to `pages` pages.
    fn read(&mut self, pages: usize, cx: &mut Context<'_>) {
        self.started = true;
        while self.has_room(pages) {
            match Pin::new(&mut self.pages).poll_next(cx) {
                Poll::Pending => return,
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(page)) => {
                    self.ended = page.is_err();
                    self.read.push_back(page);
                }
            }
        }
    }
}

/// The lists of the next users, in the order of the users.
pub(super) struct Ahead<R: Paged> {
    lists: VecDeque<Open<R>>,
    /// The most calls in flight.
    in_flight: usize,
    /// The most pages of the first list that are read and not taken.
    pages: usize,
    users_ended: bool,
}

/// What comes next.
pub(super) enum Next<R: Paged> {
    /// A user whose list is to be opened.
    User(UserId),
    /// A page of the first list, or why it ended early.
    Page(PageOf<R>),
    /// The first list is complete.
    End,
}

impl<R: Paged + Unpin + 'static> Ahead<R> {
    /// `pages` is the most pages of the first list that are read and not taken.
    pub(super) fn new(in_flight: usize, pages: usize) -> Self {
        Self { lists: VecDeque::new(), in_flight: in_flight.max(1), pages, users_ended: false }
    }

    pub(super) fn open(&mut self, list: Open<R>) {
        self.lists.push_back(list);
    }

    /// The first list, to which the pages belong.
    pub(super) fn first(&mut self) -> Option<&mut Open<R>> {
        self.lists.front_mut()
    }

    /// Takes the first list away. The next one becomes the first.
    pub(super) fn close_first(&mut self) -> Option<Open<R>> {
        self.lists.pop_front()
    }

    fn can_open(&self) -> bool {
        let entries = |page: &PageOf<R>| page.as_ref().map_or(0, |page| page.items.len());
        self.lists.len() < self.in_flight.saturating_mul(OPEN_PER_CALL)
            && self.lists.iter().flat_map(|list| list.read.iter().map(entries)).sum::<usize>() < MAX_ENTRIES
    }

    /// Polls the lists that wait for a page, and starts others, the first ones first.
    fn read(&mut self, cx: &mut Context<'_>) {
        let (mut in_flight, mut pages) = (0, self.pages);
        for list in &mut self.lists {
            if list.has_room(pages) && (list.started || in_flight < self.in_flight) {
                list.read(pages, cx);
                in_flight += usize::from(list.has_room(pages));
            }
            pages = 1;
        }
    }

    /// `None` after the last list.
    pub(super) fn poll(&mut self, users: &mut PairStream<'_>, cx: &mut Context<'_>) -> Poll<Option<Next<R>>> {
        if !self.users_ended && self.can_open() {
            match Pin::new(users).poll_next(cx) {
                Poll::Ready(Some(pair)) => return Poll::Ready(Some(Next::User(pair.target))),
                Poll::Ready(None) => self.users_ended = true,
                Poll::Pending => {}
            }
        }
        self.read(cx);
        match self.lists.front_mut() {
            None if self.users_ended => Poll::Ready(None),
            None => Poll::Pending,
            Some(first) => match first.read.pop_front() {
                Some(page) => Poll::Ready(Some(Next::Page(page))),
                None if first.ended => Poll::Ready(Some(Next::End)),
                None => Poll::Pending,
            },
        }
    }
}
