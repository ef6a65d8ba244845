//! A service of follow_check in memory, with faults, for tests of batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tim_follow::transport::{Request, Response, TransportError, TransportErrorKind};
use tim_follow::{Config, Unlimited};

use crate::clients;
use crate::virtual_time::{InMemory, VirtualTime};

/// The rate of each fault in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A request that gets no response.
    pub(crate) lost: u8,
    /// A call that is rejected.
    pub(crate) rejected: u8,
    /// An item with a transient code.
    pub(crate) transient: u8,
    /// An item that is missing.
    pub(crate) missing: u8,
    /// Whether the items have another order, with an item for another user among them.
    pub(crate) disorder: bool,
}

/// A service of follow_check with faults.
pub(crate) type Service = VirtualTime<FollowCheck>;

#[derive(Debug)]
pub(crate) struct FollowCheck(Mutex<State>);

#[derive(Debug)]
struct State {
    faults: Faults,
    random: fastrand::Rng,
    /// The received calls: `From_Account` and its targets.
    calls: Vec<(String, Vec<String>)>,
    /// The relation that a response had for each pair.
    sent: HashMap<(String, String), i64>,
    in_flight: usize,
    max_in_flight: usize,
}

impl Service {
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        Self::over(FollowCheck(Mutex::new(State {
            faults,
            random: fastrand::Rng::with_seed(seed),
            calls: Vec::new(),
            sent: HashMap::new(),
            in_flight: 0,
            max_in_flight: 0,
        })))
    }

    /// Settings for a client of this service: no rate limit and no retry budget, so that only the
    /// faults decide.
    pub(crate) fn config() -> Config {
        clients::config().rate_limiter(Arc::new(Unlimited)).retry_budget(None).seed(1)
    }
}

impl FollowCheck {
    pub(crate) fn calls(&self) -> Vec<(String, Vec<String>)> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.0.lock().unwrap().max_in_flight
    }

    /// The relation that a response had for this pair.
    pub(crate) fn relation(&self, from: &str, to: &str) -> Option<i64> {
        self.0.lock().unwrap().sent.get(&(from.to_owned(), to.to_owned())).copied()
    }
}

impl InMemory for FollowCheck {
    fn receive(&self, _: &Request) -> u8 {
        let mut state = self.0.lock().unwrap();
        state.in_flight += 1;
        state.max_in_flight = state.max_in_flight.max(state.in_flight);
        state.random.u8(0..4)
    }

    fn respond(&self, request: &Request) -> Result<Response, TransportError> {
        let mut state = self.0.lock().unwrap();
        state.in_flight -= 1;
        state.respond(request)
    }
}

impl State {
    fn happens(&mut self, percent: u8) -> bool {
        self.random.u8(0..100) < percent
    }

    fn respond(&mut self, request: &Request) -> Result<Response, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let from = body["From_Account"].as_str().unwrap().to_owned();
        let to: Vec<String> = serde_json::from_value(body["To_Account"].clone()).unwrap();
        self.calls.push((from.clone(), to.clone()));
        if self.happens(self.faults.lost) {
            return Err(TransportError::new(TransportErrorKind::Lost, "scripted"));
        }
        if self.happens(self.faults.rejected) {
            let rejection = r#"{"ActionStatus":"FAIL","ErrorCode":30003,"ErrorInfo":"no such user"}"#;
            return Ok(Response::new(200, rejection));
        }
        let mut items: Vec<Value> = to.iter().filter_map(|to| self.item(&from, to)).collect();
        if self.faults.disorder {
            items.push(json!({"To_Account": "not-a-target", "ResultCode": 0, "ResultInfo": "", "FollowType": 3}));
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
        self.sent.insert((from.to_owned(), to.to_owned()), relation);
        Some(json!({"To_Account": to, "ResultCode": 0, "ResultInfo": "", "FollowType": relation}))
    }
}
