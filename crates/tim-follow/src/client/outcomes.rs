//! Batches of the asynchronous client.

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

/// The source of the targets of a batch: [`FromIter`], or `FromStream` with the feature `stream`.
pub trait Input<T>: sealed::Sealed {
    /// Polls for the next target; `None` after the last one.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>>;
}

mod sealed {
    pub trait Sealed {}
}

/// The outcomes of a batch, in the order of its targets. Created by
/// [`Client::batch`](super::Client::batch).
///
/// The calls of the batch run only while this is polled, up to 32 at once
/// ([`in_flight`](Self::in_flight)). The limits of the client apply to each call. Dropping a future
/// of [`next`](Self::next) loses no outcome.
///
/// # Panics
/// Polling panics outside of a tokio runtime, if the transport is reqwest; see
/// [`Client`](super::Client#panics).
#[must_use = "a batch sends nothing until its outcomes are taken"]
pub struct Outcomes<T: BatchTemplate, I> {
    client: Client,
    scheduler: Scheduler<T>,
    input: I,
    calls: Vec<Call<T>>,
    /// Completes at the time when the next call can be sent.
    timer: Option<(Instant, Boxed<()>)>,
}

impl<T: BatchTemplate, I: Input<T::Target>> Outcomes<T, I> {
    pub(crate) fn new(client: Client, template: T, input: I) -> Self {
        let scheduler = Scheduler::new(template, DEFAULT_IN_FLIGHT, client.options);
        Self { client, scheduler, input, calls: Vec::new(), timer: None }
    }

    /// Sets the maximum number of calls in flight. 0 counts as 1, and more than 1000 as 1000.
    ///
    /// The default is 32, which is enough for 200 calls per second at latencies up to 150 ms.
    /// Memory grows with this number.
    pub fn in_flight(mut self, calls: usize) -> Self {
        self.scheduler = self.scheduler.with_in_flight(calls);
        self
    }

    /// Stops the batch: it takes no further target and starts no further call.
    ///
    /// Calls that have sent a request finish, including their retries. Calls that wait for the rate
    /// limiter are not sent. Targets that were taken but not sent are
    /// [`NotAttempted`](crate::Outcome::NotAttempted); targets that wait for a retry keep the
    /// outcome of their last response. Call [`next`](Self::next) until it returns `None` to get
    /// these outcomes.
    pub fn stop(&mut self) {
        self.scheduler.stop();
    }

    /// Returns why the batch starts no further call: a call showed that no other call can succeed,
    /// the retry budget is empty, or [`stop`](Self::stop) was called. If several apply, returns the
    /// first; `None` if the batch was not stopped. If a call was rejected, its own targets are
    /// [`Rejected`](crate::Outcome::Rejected) with its code.
    pub fn stopped_by(&self) -> Option<&Error> {
        self.scheduler.stopped_by()
    }

    /// Returns the next target and its outcome; `None` after the last one.
    pub async fn next(&mut self) -> Option<Item<T>> {
        poll_fn(|cx| self.poll_outcome(cx)).await
    }

    /// Waits for the outcomes of all targets and counts them. The report keeps all of them in
    /// memory.
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

    /// Takes targets while there is room; returns whether the input is pending.
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

    /// Starts all calls that can be sent; returns the time at which the next one can be sent, if
    /// that is known.
    fn start_calls(&mut self, input_pending: bool) -> Option<Instant> {
        // Decided once, so that all partial calls are sent, and not only the first one.
        let input_pending = input_pending && self.calls.is_empty();
        loop {
            let now = self.client.now().instant;
            match self.scheduler.next_action(now, input_pending) {
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

    /// Polls a timer that ends at `until`; returns whether it has ended.
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

/// Takes the targets of a batch from an iterator.
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

    /// Takes the targets of a batch from a stream.
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
