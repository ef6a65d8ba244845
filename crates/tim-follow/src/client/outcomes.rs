//! A batch through the asynchronous client.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tim_types::{Batch, UserId};

use super::Client;
use crate::Error;
use crate::batch::{BatchAction, BatchItem, BatchReport, Scheduler, stop_if_fatal};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type CallResult<E> = (Vec<u64>, Result<<E as tim_types::Endpoint>::Response, Arc<Error>>);

/// The targets of a batch: what can be polled for the next one. Nobody outside can name it.
pub trait Input {
    /// The next target, with the user in `From_Account` where it is not that of the request.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<UserId>, UserId)>>;
}

/// What becomes of the targets of a batch, in their order.
///
/// The calls run while this is polled, up to 32 at once ([`in_flight`](Self::in_flight)), and each may take the bounds of
/// the client. An outcome that is here already is not lost when a future of [`next`](Self::next) is dropped.
pub struct Outcomes<E: Batch, I> {
    client: Client,
    plan: Scheduler<E>,
    input: I,
    calls: Vec<Boxed<CallResult<E>>>,
    /// Runs until the time when something can be sent again.
    timer: Option<(Instant, Boxed<()>)>,
}

impl<E: Batch + 'static, I: Input> Outcomes<E, I> {
    pub(crate) fn new(client: Client, template: E, input: I) -> Self {
        let plan = Scheduler::new(template, DEFAULT_IN_FLIGHT, client.limits.bounded().initial_backoff);
        Self { client, plan, input, calls: Vec::new(), timer: None }
    }

    /// The same batch with up to this many calls at once; 32 by default, with which 200 calls a second are reached up to a
    /// latency of 150 ms. Memory grows with it. 0 counts as 1, more than 1000 as 1000.
    #[must_use]
    pub fn in_flight(mut self, calls: usize) -> Self {
        self.plan = self.plan.with_in_flight(calls);
        self
    }

    /// Takes no further target in and sends nothing more. Calls that have sent a request are finished, their retries included;
    /// calls that still wait for the quota are not sent. The targets that came in and were not sent are [`NotAttempted`](crate::Outcome::NotAttempted), and those that waited to be
    /// sent again keep their last response.
    pub fn stop(&mut self) {
        self.plan.stop();
    }

    /// Why nothing more is sent: a call showed that no other can succeed, the retry budget is empty, or [`stop`](Self::stop)
    /// was called; the first of them, if several. Where a call was rejected, its targets are refused with its code.
    pub fn stopped_by(&self) -> Option<&Error> {
        self.plan.stopped_by()
    }

    /// The next target and what became of it; `None` after the last one.
    pub async fn next(&mut self) -> Option<BatchItem<E::Outcome>> {
        poll_fn(|cx| self.poll_outcome(cx)).await
    }

    /// Waits for all targets and counts what became of them. This one holds everything in memory.
    pub async fn collect(mut self) -> BatchReport<E::Outcome> {
        let mut report = BatchReport::default();
        while let Some(item) = self.next().await {
            report.extend([item]);
        }
        report
    }

    pub(crate) fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Option<BatchItem<E::Outcome>>> {
        loop {
            let dry = self.fill(cx);
            if let Some(item) = self.plan.pop() {
                return Poll::Ready(Some(item));
            }
            if self.plan.is_over() {
                return Poll::Ready(None);
            }
            let wait = self.start_calls(dry);
            if self.poll_calls(cx) || wait.is_some_and(|until| self.poll_timer(until, cx)) {
                continue;
            }
            return Poll::Pending;
        }
    }

    /// Takes targets in while there is room; whether the input has none for now.
    fn fill(&mut self, cx: &mut Context<'_>) -> bool {
        while self.plan.has_room() {
            match self.input.poll_next(cx) {
                Poll::Ready(Some((from, to))) => self.plan.push(from, to),
                Poll::Ready(None) => self.plan.end_input(),
                Poll::Pending => return true,
            }
        }
        false
    }

    /// Starts all calls that may go out; returns when another one may, if that is known.
    fn start_calls(&mut self, dry: bool) -> Option<Instant> {
        loop {
            let now = self.client.now().instant;
            match self.plan.next_action(now, dry && self.calls.is_empty()) {
                BatchAction::Call(numbers, request) => {
                    let (client, stop) = (self.client.clone(), self.plan.stop_signal());
                    self.calls.push(Box::pin(async move {
                        let result = client.send_until(request, &stop).await;
                        (numbers, result.map_err(|error| stop_if_fatal(&stop, error)))
                    }));
                }
                BatchAction::Wait(until) => return Some(until),
                BatchAction::Idle => return None,
            }
        }
    }

    /// Whether a call has ended.
    fn poll_calls(&mut self, cx: &mut Context<'_>) -> bool {
        let before = self.calls.len();
        let mut at = 0;
        while let Some(call) = self.calls.get_mut(at) {
            match call.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready((numbers, answer)) => {
                    drop(self.calls.swap_remove(at));
                    self.plan.on_response(numbers, answer, self.client.now().instant);
                }
            }
        }
        self.calls.len() < before
    }

    /// Whether it is `until`.
    fn poll_timer(&mut self, until: Instant, cx: &mut Context<'_>) -> bool {
        let client = &self.client;
        let timer = match &mut self.timer {
            Some((of, timer)) if *of == until => timer,
            _ => &mut self.timer.insert((until, client.sleep_until(until))).1,
        };
        let over = timer.as_mut().poll(cx).is_ready();
        if over {
            self.timer = None;
        }
        over
    }
}

/// See [`Outcomes::in_flight`].
pub(crate) const DEFAULT_IN_FLIGHT: usize = 32;

impl<E: Batch, I> fmt::Debug for Outcomes<E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("command", &E::COMMAND)
            .field("calls", &self.calls.len())
            .finish_non_exhaustive()
    }
}

/// Targets out of an iterator.
#[derive(Debug)]
pub struct FromIter<I>(pub(crate) I);

/// Pairs of users out of an iterator.
#[derive(Debug)]
pub struct FromPairs<I>(pub(crate) I);

impl<T: Into<UserId>, I: Iterator<Item = T>> Input for FromIter<I> {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<(Option<UserId>, UserId)>> {
        Poll::Ready(self.0.next().map(|to| (None, to.into())))
    }
}

impl<F: Into<UserId>, T: Into<UserId>, I: Iterator<Item = (F, T)>> Input for FromPairs<I> {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<(Option<UserId>, UserId)>> {
        Poll::Ready(self.0.next().map(|(from, to)| (Some(from.into()), to.into())))
    }
}

#[cfg(feature = "stream")]
mod stream {
    use super::*;
    use futures_core::Stream;

    /// Targets out of a stream.
    #[derive(Debug)]
    pub struct FromStream<S>(pub(crate) S);

    impl<T: Into<UserId>, S: Stream<Item = T> + Unpin> Input for FromStream<S> {
        fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<UserId>, UserId)>> {
            Pin::new(&mut self.0).poll_next(cx).map(|target| target.map(|to| (None, to.into())))
        }
    }

    /// Pairs of users out of a stream.
    #[derive(Debug)]
    pub struct FromPairStream<S>(pub(crate) S);

    impl<F: Into<UserId>, T: Into<UserId>, S: Stream<Item = (F, T)> + Unpin> Input for FromPairStream<S> {
        fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<UserId>, UserId)>> {
            Pin::new(&mut self.0).poll_next(cx).map(|pair| pair.map(|(from, to)| (Some(from.into()), to.into())))
        }
    }

    impl<E: Batch + Unpin + 'static, I: Input + Unpin> Stream for Outcomes<E, I>
    where
        E::Outcome: Unpin,
    {
        type Item = BatchItem<E::Outcome>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_outcome(cx)
        }
    }
}

#[cfg(feature = "stream")]
pub use stream::{FromPairStream, FromStream};
