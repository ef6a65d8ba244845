//! A transport for tests: no sockets, no waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::{BlockingTransport, ClockReading, Request, Response, Transport, TransportError, TransportErrorKind};

/// Answers from a list and records what was sent. Its time is virtual: sleeping moves the clock and returns at once.
///
/// Clones share the list, the record and the clock, so a test keeps one and gives another to the client.
///
/// ```
/// use std::time::Duration;
/// use tim_transport::{BlockingTransport, MockTransport, Request, Response};
///
/// let script = MockTransport::new([Ok(Response::new(200, "{}"))]);
/// let start = BlockingTransport::now(&script);
/// let answer = BlockingTransport::send(&script, Request::post("https://host/path?secret", "{}"))?;
/// assert_eq!(answer.body, b"{}");
/// assert_eq!(script.requests()[0].expose_url(), "https://host/path?secret");
///
/// BlockingTransport::sleep(&script, Duration::from_secs(60));
/// assert_eq!(BlockingTransport::now(&script).instant - start.instant, Duration::from_secs(60));
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

/// The most time that passes for a script, so that its clock never overflows: a century.
const MAX_ELAPSED: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl State {
    fn advance(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time).min(MAX_ELAPSED);
    }
}

impl MockTransport {
    /// Where the clock on the wall starts.
    pub const START_UNIX: u64 = 1_700_000_000;

    /// A transport that gives these answers in order, and then none.
    pub fn new(responses: impl IntoIterator<Item = Result<Response, TransportError>>) -> Self {
        Self(Arc::new(Mutex::new(State {
            responses: responses.into_iter().collect(),
            requests: Vec::new(),
            start: ClockReading { unix: Self::START_UNIX, ..ClockReading::system() },
            elapsed: Duration::ZERO,
            latency: Duration::ZERO,
        })))
    }

    /// A transport that answers each request with HTTP 200 and the next of these texts.
    pub fn texts<T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::new(texts.into_iter().map(|text| Ok(Response::new(200, text))))
    }

    /// The same script, whose requests each take this long; one that may not take so long times out.
    #[must_use]
    pub fn latency(self, latency: Duration) -> Self {
        self.state().latency = latency;
        self
    }

    /// What was sent so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// Moves both clocks forward.
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
        let end = || Err(TransportError::new(TransportErrorKind::Connect, "the script has no more answers"));
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
