//! One of the two clients, so that a test can run with both.
//!
//! Other tests of this workspace include this file too, with `#[path]`. The parent module of this
//! one has a function `block_on` for the futures of the asynchronous client.
#![allow(dead_code, reason = "each test program uses some of the methods")]

use tim_follow::{
    BatchReport, BatchTemplate, Client, Endpoint, Error, Limits, Page, PageError, Paged, RawResponse, SyncPlan,
    SyncReport, TooManyDeletes, blocking,
};

use super::block_on;

type PageResult<E> = Result<Page<<E as Paged>::Item, Position<E>>, PageError<Position<E>>>;
type Position<E> = <E as Paged>::Position;

pub(crate) enum Either {
    Async(Client),
    Blocking(blocking::Client),
}

impl Either {
    pub(crate) fn with_limits(&self, limits: Limits) -> Self {
        match self {
            Self::Async(client) => Self::Async(client.with_limits(limits)),
            Self::Blocking(client) => Self::Blocking(client.with_limits(limits)),
        }
    }

    pub(crate) fn without_validation(&self) -> Self {
        match self {
            Self::Async(client) => Self::Async(client.without_validation()),
            Self::Blocking(client) => Self::Blocking(client.without_validation()),
        }
    }

    pub(crate) fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match self {
            Self::Async(client) => block_on(client.send(request)),
            Self::Blocking(client) => client.send(request),
        }
    }

    pub(crate) fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        match self {
            Self::Async(client) => block_on(client.call(service, command, body)),
            Self::Blocking(client) => client.call(service, command, body),
        }
    }

    /// All pages. Checks that nothing follows the end.
    pub(crate) fn pages<E: Paged + 'static>(&self, request: E) -> Vec<PageResult<E>> {
        self.pages_between(request, |_| {})
    }

    /// All pages. Calls `after` with the number of pages so far after each page.
    pub(crate) fn pages_between<E: Paged + 'static>(
        &self,
        request: E,
        mut after: impl FnMut(usize),
    ) -> Vec<PageResult<E>> {
        let mut all = Vec::new();
        let mut add = |page| {
            all.push(page);
            after(all.len());
        };
        match self {
            Self::Async(client) => {
                let mut pages = client.pages(request);
                while let Some(page) = block_on(pages.next()) {
                    add(page);
                }
                assert!(block_on(pages.next()).is_none());
            }
            Self::Blocking(client) => {
                let mut pages = client.pages(request);
                pages.by_ref().for_each(add);
                assert!(pages.next().is_none());
            }
        }
        all
    }

    /// The outcomes of a batch with up to `in_flight` calls at once.
    pub(crate) fn batch<T: BatchTemplate>(
        &self,
        template: T,
        targets: impl IntoIterator<Item: Into<T::Target>>,
        in_flight: usize,
    ) -> BatchReport<T::Request> {
        match self {
            Self::Async(client) => block_on(client.batch(template, targets).in_flight(in_flight).collect()),
            Self::Blocking(client) => client.batch(template, targets).in_flight(in_flight).collect(),
        }
    }

    pub(crate) fn plan_follows(&self, from: &str, wanted: &[&str]) -> Result<SyncPlan, PageError> {
        match self {
            Self::Async(client) => block_on(client.plan_follows(from, wanted)),
            Self::Blocking(client) => client.plan_follows(from, wanted),
        }
    }

    pub(crate) fn apply_follows(&self, plan: SyncPlan, max_delete_share: f64) -> Result<SyncReport, TooManyDeletes> {
        match self {
            Self::Async(client) => block_on(client.apply_follows(plan, max_delete_share)),
            Self::Blocking(client) => client.apply_follows(plan, max_delete_share),
        }
    }
}
