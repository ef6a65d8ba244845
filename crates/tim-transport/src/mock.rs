//! A transport for tests, without sockets and waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::{BlockingTransport, ClockReading, Request, Response, Transport, TransportError, TransportErrorKind};

/// Returns responses from a list and records the requests. Its time is virtual: `sleep` advances
/// the clock and returns at once.
///
/// Clones share the list, the records and the clock, so a test can keep a clone and pass another to
/// a client.
///
/// ```
/// use std::time::Duration;
/// use tim_transport::{BlockingTransport, MockTransport, Request, Response};
///
/// let mock = MockTransport::new([Ok(Response::new(200, "{}"))]);
/// let start = BlockingTransport::now(&mock);
/// let response = BlockingTransport::send(&mock, Request::post("https://host/path?secret", "{}"))?;
/// assert_eq!(response.body, b"{}");
/// assert_eq!(mock.requests()[0].expose_url(), "https://host/path?secret");
///
/// BlockingTransport::sleep(&mock, Duration::from_secs(60));
/// assert_eq!(BlockingTransport::now(&mock).instant - start.instant, Duration::from_secs(60));
/// # Ok::<(), tim_transport::TransportError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MockTransport(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    responses: VecDeque<Result<Response, TransportError>>,
    requests: Vec<Request>,
    start: ClockReading,
    elapsed: Duration,
    /// How long each request takes.
    latency: Duration,
}

/// A limit of the virtual time, so that the clock cannot overflow: a century.
const MAX_ELAPSED: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl State {
    fn advance(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time).min(MAX_ELAPSED);
    }
}

impl MockTransport {
    /// The wall clock at the start, in unix seconds.
    pub const START_UNIX: u64 = 1_700_000_000;

    /// A transport that returns these results in order. After the last one, every request fails
    /// with [`TransportErrorKind::Connect`].
    pub fn new(responses: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self(Arc::new(Mutex::new(State {
            responses: responses.into_iter().collect(),
            requests: Vec::new(),
            start: ClockReading { unix: Self::START_UNIX, ..ClockReading::system() },
            elapsed: Duration::ZERO,
            latency: Duration::ZERO,
        })))
    }

    /// A transport that returns these bodies in order, each with HTTP 200.
    pub fn texts<T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::new(texts.into_iter().map(|text| Ok(Response::new(200, text))))
    }

    /// Sets how long each request takes; zero by default. A request with a shorter time limit fails
    /// with [`TransportErrorKind::Timeout`].
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        self.state().latency = latency;
        self
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// The virtual time that has passed since the transport was created.
    pub fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    /// Advances both clocks.
    pub fn advance(&self, time: Duration) {
        self.state().advance(time);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockingTransport for MockTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut state = self.state();
        let limit = request.time_limit();
        state.requests.push(request);
        let latency = state.latency;
        state.advance(latency.min(limit));
        if latency > limit {
            return Err(TransportError::new(TransportErrorKind::Timeout, ""));
        }
        let end = || Err(TransportError::new(TransportErrorKind::Connect, "the mock transport has no more responses"));
        state.responses.pop_front().unwrap_or_else(end)
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }

    fn now(&self) -> ClockReading {
        let State { start, elapsed, .. } = *self.state();
        let instant = start.instant.checked_add(elapsed).unwrap_or(start.instant);
        ClockReading { instant, unix: start.unix.saturating_add(elapsed.as_secs()) }
    }
}

#[async_trait]
impl Transport for MockTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        BlockingTransport::send(self, request)
    }

    async fn sleep(&self, time: Duration) {
        self.advance(time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}
