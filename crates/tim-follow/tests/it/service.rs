//! A service of follow_check in memory, with faults: what batches are tested against, in virtual time.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tim_follow::transport::{BlockingTransport, ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_follow::{Config, Transport, Unlimited};

use crate::clients;

/// How often things go wrong, each in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A request that gets no answer.
    pub(crate) lost: u8,
    /// A call that is refused as a whole.
    pub(crate) refused: u8,
    /// An item with a transient code.
    pub(crate) transient: u8,
    /// An item that is left out.
    pub(crate) missing: u8,
    /// Whether items come in another order, with items of nobody between them.
    pub(crate) disorder: bool,
}

/// Shared by its clones.
#[derive(Debug, Clone)]
pub(crate) struct Service(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    faults: Faults,
    random: fastrand::Rng,
    start: ClockReading,
    elapsed: Duration,
    /// The calls that came in: from and its targets.
    calls: Vec<(String, Vec<String>)>,
    /// The pairs that an answer said yes to, if that answer arrived.
    confirmed: HashMap<(String, String), i64>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Service {
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            faults,
            random: fastrand::Rng::with_seed(seed),
            start: ClockReading { unix: 1_700_000_000, ..ClockReading::system() },
            elapsed: Duration::ZERO,
            calls: Vec::new(),
            confirmed: HashMap::new(),
            in_flight: 0,
            most_in_flight: 0,
        })))
    }

    pub(crate) fn calls(&self) -> Vec<(String, Vec<String>)> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.0.lock().unwrap().most_in_flight
    }

    /// What the service said about a pair, if it did.
    pub(crate) fn confirmed(&self, from: &str, to: &str) -> Option<i64> {
        self.0.lock().unwrap().confirmed.get(&(from.to_owned(), to.to_owned())).copied()
    }

    /// Settings for a client of this service: no quota and no retry budget, so that only the faults decide.
    pub(crate) fn config() -> Config {
        clients::config().rate_limiter(Arc::new(Unlimited)).retry_budget(None).seed(1)
    }

    fn begin(&self) {
        let mut state = self.0.lock().unwrap();
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
    }

    fn end(&self, request: &Request) -> Result<Response, TransportError> {
        let mut state = self.0.lock().unwrap();
        state.in_flight -= 1;
        state.elapsed += Duration::from_millis(1);
        state.answer(request)
    }
}

impl State {
    fn happens(&mut self, percent: u8) -> bool {
        self.random.u8(0..100) < percent
    }

    fn answer(&mut self, request: &Request) -> Result<Response, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let from = body["From_Account"].as_str().unwrap().to_owned();
        let to: Vec<String> = serde_json::from_value(body["To_Account"].clone()).unwrap();
        self.calls.push((from.clone(), to.clone()));
        if self.happens(self.faults.lost) {
            return Err(TransportError::new(TransportErrorKind::Lost, "scripted"));
        }
        if self.happens(self.faults.refused) {
            let refusal = r#"{"ActionStatus":"FAIL","ErrorCode":30003,"ErrorInfo":"no such user"}"#;
            return Ok(Response::new(200, refusal));
        }
        let mut items: Vec<Value> = to.iter().filter_map(|to| self.item(&from, to)).collect();
        if self.faults.disorder {
            items.push(json!({"To_Account": "nobody-asked", "ResultCode": 0, "ResultInfo": "", "FollowType": 3}));
            self.random.shuffle(&mut items);
        }
        Ok(Response::new(200, json!({"ResultItem": items, "ActionStatus": "OK", "ErrorCode": 0}).to_string()))
    }

    fn item(&mut self, from: &str, to: &str) -> Option<Value> {
        if self.happens(self.faults.missing) {
            return None;
        }
        if self.happens(self.faults.transient) {
            return Some(json!({"To_Account": to, "ResultCode": 30006, "ResultInfo": "Err_X"}));
        }
        if to.starts_with("unknown") {
            return Some(json!({"To_Account": to, "ResultCode": 30003, "ResultInfo": ""}));
        }
        let relation = ((from.len() + to.len()) % 4) as i64;
        self.confirmed.insert((from.to_owned(), to.to_owned()), relation);
        Some(json!({"To_Account": to, "ResultCode": 0, "ResultInfo": "", "FollowType": relation}))
    }
}

impl BlockingTransport for Service {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.begin();
        self.end(&request)
    }

    fn sleep(&self, time: Duration) {
        self.0.lock().unwrap().elapsed += time;
    }

    fn now(&self) -> ClockReading {
        let state = self.0.lock().unwrap();
        ClockReading { instant: state.start.instant + state.elapsed, unix: state.start.unix + state.elapsed.as_secs() }
    }
}

#[async_trait]
impl Transport for Service {
    /// Lets others run a few times before it answers, so that answers come in another order than requests.
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.begin();
        let rounds = self.0.lock().unwrap().random.u8(0..MOST_ROUNDS);
        give_way(rounds).await;
        self.end(&request)
    }

    /// Lets every request that is in flight end first: virtual time passes only while nothing else can happen.
    async fn sleep(&self, time: Duration) {
        give_way(MOST_ROUNDS).await;
        BlockingTransport::sleep(self, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}

/// How many rounds a request takes at most.
const MOST_ROUNDS: u8 = 4;

/// Is pending this many times, so that other futures run first.
pub(crate) async fn give_way(mut rounds: u8) {
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
