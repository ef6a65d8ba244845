//! A transport to a service in memory, in virtual time.

use std::fmt::Debug;
use std::future::poll_fn;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::Transport;
use tim_follow::transport::{BlockingTransport, ClockReading, Request, Response, TransportError};

/// A service in memory. A request is in flight between the two functions.
pub(crate) trait InMemory: Debug + Send + Sync + 'static {
    /// Receives a request. Returns how many times other futures run before the response, less than
    /// [`MAX_ROUNDS`].
    fn receive(&self, request: &Request) -> u8;

    /// Returns the response.
    fn respond(&self, request: &Request) -> Result<Response, TransportError>;
}

/// The number of rounds after which every request that was in flight has ended.
const MAX_ROUNDS: u8 = 4;

/// Sends requests to the service `S`. Each takes a millisecond of virtual time. Clones share the
/// service and the clock.
#[derive(Debug)]
pub(crate) struct VirtualTime<S> {
    service: Arc<S>,
    start: ClockReading,
    elapsed: Arc<Mutex<Duration>>,
}

impl<S> VirtualTime<S> {
    pub(crate) fn over(service: S) -> Self {
        let start = ClockReading { unix: 1_700_000_000, ..ClockReading::system() };
        Self { service: Arc::new(service), start, elapsed: Arc::default() }
    }
}

impl<S> Clone for VirtualTime<S> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), elapsed: self.elapsed.clone(), ..*self }
    }
}

impl<S> Deref for VirtualTime<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.service
    }
}

impl<S: InMemory> BlockingTransport for VirtualTime<S> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.service.receive(&request);
        std::thread::yield_now();
        BlockingTransport::sleep(self, Duration::from_millis(1));
        self.service.respond(&request)
    }

    fn sleep(&self, time: Duration) {
        *self.elapsed.lock().unwrap() += time;
    }

    fn now(&self) -> ClockReading {
        let elapsed = *self.elapsed.lock().unwrap();
        ClockReading { instant: self.start.instant + elapsed, unix: self.start.unix + elapsed.as_secs() }
    }
}

#[async_trait]
impl<S: InMemory> Transport for VirtualTime<S> {
    /// Lets other futures run before the response, so that responses and requests differ in their
    /// order.
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        yield_rounds(self.service.receive(&request)).await;
        BlockingTransport::sleep(self, Duration::from_millis(1));
        self.service.respond(&request)
    }

    /// Lets all requests in flight end first: virtual time passes only while nothing else can
    /// happen.
    async fn sleep(&self, time: Duration) {
        yield_rounds(MAX_ROUNDS).await;
        BlockingTransport::sleep(self, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}

/// Returns `Pending` this many times, so that other futures run first.
pub(crate) async fn yield_rounds(mut rounds: u8) {
    poll_fn(|cx| {
        if rounds == 0 {
            return Poll::Ready(());
        }
        rounds -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
