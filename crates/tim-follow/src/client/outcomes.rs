//! A batch through the asynchronous client.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tim_types::{BatchTemplate, Endpoint as _};

use super::Client;
use crate::Error;
use crate::batch::{
    BatchAction, BatchItem, BatchReport, CallResult, Chunk, DEFAULT_IN_FLIGHT, Scheduler, stop_if_fatal,
};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Item<T> = BatchItem<<T as BatchTemplate>::Request>;
type Call<T> = Boxed<(Chunk<<T as BatchTemplate>::Request>, CallResult<<T as BatchTemplate>::Request>)>;

/// The targets of a batch: [`FromIter`], or `FromStream` with the feature `stream`.
pub trait Input<T>: sealed::Sealed {
    /// The next target.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>>;
}

mod sealed {
    pub trait Sealed {}
}

/// The outcomes of the targets of a batch, in their order.
///
/// The calls make progress while this is polled, up to 32 at once ([`in_flight`](Self::in_flight)),
/// each within the limits of the client. No outcome is lost when a future of [`next`](Self::next)
/// is dropped.
pub struct Outcomes<T: BatchTemplate, I> {
    client: Client,
    scheduler: Scheduler<T>,
    input: I,
    calls: Vec<Call<T>>,
    /// Runs until the time when something can be sent again.
    timer: Option<(Instant, Boxed<()>)>,
}

impl<T: BatchTemplate, I: Input<T::Target>> Outcomes<T, I> {
    pub(crate) fn new(client: Client, template: T, input: I) -> Self {
        let scheduler = Scheduler::new(template, DEFAULT_IN_FLIGHT, client.options);
        Self { client, scheduler, input, calls: Vec::new(), timer: None }
    }

    /// The same batch with up to this many calls in flight; 32 by default, with which 200 calls a
    /// second are reached up to a latency of 150 ms. Memory grows with it. 0 counts as 1, more than
    /// 1000 as 1000.
    #[must_use]
    pub fn in_flight(mut self, calls: usize) -> Self {
        self.scheduler = self.scheduler.with_in_flight(calls);
        self
    }

    /// Takes no further target and starts no further call.
    ///
    /// Calls that have sent a request are finished, their retries included. Calls that still wait
    /// for the rate limiter are not sent. Targets that came in and were not sent are
    /// [`NotAttempted`](crate::Outcome::NotAttempted); those that wait for a retry keep their last
    /// response.
    pub fn stop(&mut self) {
        self.scheduler.stop();
    }

    /// Why no further call is started: a call showed that no other can succeed, the retry budget is
    /// empty, or [`stop`](Self::stop) was called; the first of them, if several. If a call was
    /// rejected, its targets are rejected with its code.
    pub fn stopped_by(&self) -> Option<&Error> {
        self.scheduler.stopped_by()
    }

    /// The next target and its outcome; `None` after the last one.
    pub async fn next(&mut self) -> Option<Item<T>> {
        poll_fn(|cx| self.poll_outcome(cx)).await
    }

    /// Waits for all targets and counts their outcomes. It holds all of them in memory.
    pub async fn collect(mut self) -> BatchReport<T::Request> {
        let mut report = BatchReport::default();
        while let Some(item) = self.next().await {
            report.extend([item]);
        }
        report
    }

    fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        loop {
            let input_pending = self.fill(cx);
            if let Some(item) = self.scheduler.pop() {
                return Poll::Ready(Some(item));
            }
            if self.scheduler.is_over() {
                return Poll::Ready(None);
            }
            let wait = self.start_calls(input_pending);
            if self.poll_calls(cx) || wait.is_some_and(|until| self.poll_timer(until, cx)) {
                continue;
            }
            return Poll::Pending;
        }
    }

    /// Takes targets while there is room; returns whether the input has none for now.
    fn fill(&mut self, cx: &mut Context<'_>) -> bool {
        while self.scheduler.has_room() {
            match self.input.poll_next(cx) {
                Poll::Ready(Some(target)) => self.scheduler.push(target),
                Poll::Ready(None) => self.scheduler.end_input(),
                Poll::Pending => return true,
            }
        }
        false
    }

    /// Starts all calls that can be sent; returns when another one can, if that is known.
    fn start_calls(&mut self, input_pending: bool) -> Option<Instant> {
        loop {
            let now = self.client.now().instant;
            match self.scheduler.next_action(now, input_pending && self.calls.is_empty()) {
                BatchAction::Call(chunk, request) => {
                    let (client, stop) = (self.client.clone(), self.scheduler.stop_signal());
                    self.calls.push(Box::pin(async move {
                        let result = client.send_until(request, &stop).await;
                        (chunk, result.map_err(|error| stop_if_fatal(&stop, error)))
                    }));
                }
                BatchAction::Wait(until) => return Some(until),
                BatchAction::Idle => return None,
            }
        }
    }

    /// Polls the calls; returns whether one has ended.
    fn poll_calls(&mut self, cx: &mut Context<'_>) -> bool {
        let before = self.calls.len();
        let mut at = 0;
        while let Some(call) = self.calls.get_mut(at) {
            match call.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready((chunk, result)) => {
                    drop(self.calls.swap_remove(at));
                    self.scheduler.on_response(chunk, result, self.client.now().instant);
                }
            }
        }
        self.calls.len() < before
    }

    /// Polls a timer; returns whether it is `until`.
    fn poll_timer(&mut self, until: Instant, cx: &mut Context<'_>) -> bool {
        let client = &self.client;
        let timer = match &mut self.timer {
            Some((end, timer)) if *end == until => timer,
            _ => &mut self.timer.insert((until, client.sleep_until(until))).1,
        };
        let is_over = timer.as_mut().poll(cx).is_ready();
        if is_over {
            self.timer = None;
        }
        is_over
    }
}

impl<T: BatchTemplate, I> fmt::Debug for Outcomes<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("command", &T::Request::COMMAND)
            .field("calls", &self.calls.len())
            .finish_non_exhaustive()
    }
}

/// Targets from an iterator.
#[derive(Debug)]
pub struct FromIter<I>(pub(crate) I);

impl<I> sealed::Sealed for FromIter<I> {}

impl<T, I: Iterator<Item: Into<T>>> Input<T> for FromIter<I> {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(self.0.next().map(Into::into))
    }
}

#[cfg(feature = "stream")]
mod stream {
    use super::*;
    use futures_core::Stream;

    /// Targets from a stream.
    #[derive(Debug)]
    pub struct FromStream<S>(pub(crate) S);

    impl<S> sealed::Sealed for FromStream<S> {}

    impl<T, S: Stream<Item: Into<T>> + Unpin> Input<T> for FromStream<S> {
        fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
            Pin::new(&mut self.0).poll_next(cx).map(|target| target.map(Into::into))
        }
    }

    impl<T: BatchTemplate, I: Input<T::Target> + Unpin> Stream for Outcomes<T, I> {
        type Item = Item<T>;

        fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.get_mut().poll_outcome(cx)
        }
    }
}

#[cfg(feature = "stream")]
pub use stream::FromStream;
