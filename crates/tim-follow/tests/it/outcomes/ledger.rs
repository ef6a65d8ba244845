//! A service of follow_check and follow_add with random faults. It records each request with a
//! target, and what the response had for the target.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use serde_json::{Value, json};
use tim_follow::UserId;
use tim_follow::transport::{Request, Response, TransportError, TransportErrorKind};

use crate::virtual_time::{InMemory, VirtualTime};

/// The rate of each fault in percent, in the order of [`Fault`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    pub(super) seed: u64,
    pub(super) rates: [u8; 12],
}

/// The faults. The first eight concern a request, the others an item.
#[derive(Clone, Copy)]
enum Fault {
    FatalCode,
    NoConnection,
    LostBefore,
    LostAfter,
    TimedOut,
    HttpError,
    RetryableCode,
    RejectedCall,
    ItemCode,
    TransientItem,
    MissingItem,
    Contradiction,
}

/// What the response to one request had for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    NoResponse,
    /// The whole call was rejected.
    Call(i64),
    Item(i64),
    Missing,
    Contradiction,
    Done(i64),
}

impl Recorded {
    pub(super) fn code(self) -> Option<i64> {
        match self {
            Self::Call(code) | Self::Item(code) => Some(code),
            _ => None,
        }
    }
}

/// A ledger in virtual time.
pub(super) type Service = VirtualTime<Ledger>;

#[derive(Debug)]
pub(super) struct Ledger(Mutex<State>);

#[derive(Debug)]
struct State {
    faults: Faults,
    /// How often each body was sent. Faults depend on this, so the order of threads has no effect.
    sent: HashMap<Vec<u8>, u64>,
    /// The bodies that were received.
    received: HashSet<Vec<u8>>,
    /// Whether a call was rejected with a code that stops the batch, or the batch was stopped.
    stopped: bool,
    /// The number of bodies that were sent for the first time after that.
    late: usize,
    /// The history of each pair, in order.
    histories: HashMap<(String, String), Vec<Recorded>>,
}

impl Service {
    pub(super) fn new(faults: Faults) -> Self {
        let (received, stopped, late) = (HashSet::new(), false, 0);
        let (sent, histories) = (HashMap::new(), HashMap::new());
        Self::over(Ledger(Mutex::new(State { faults, sent, received, stopped, late, histories })))
    }
}

impl Ledger {
    /// Records that the batch is stopped now.
    pub(super) fn stop(&self) {
        self.0.lock().unwrap().stopped = true;
    }

    /// The number of bodies that were sent for the first time after the batch had to stop.
    pub(super) fn late(&self) -> usize {
        self.0.lock().unwrap().late
    }

    /// What the responses had for a pair, in order; empty if the service never received it.
    pub(super) fn history(&self, from: &str, to: &str) -> Vec<Recorded> {
        self.0.lock().unwrap().histories.get(&(from.to_owned(), to.to_owned())).cloned().unwrap_or_default()
    }
}

impl InMemory for Ledger {
    fn receive(&self, request: &Request) -> u8 {
        let mut state = self.0.lock().unwrap();
        if state.received.insert(request.body().to_vec()) && state.stopped {
            state.late += 1;
        }
        request.body().iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) % 4
    }

    fn respond(&self, request: &Request) -> Result<Response, TransportError> {
        self.0.lock().unwrap().respond(request.body())
    }
}

/// The random numbers of one request.
struct Dice<'a>(fastrand::Rng, &'a Faults);

impl Dice<'_> {
    fn happens(&mut self, fault: Fault) -> bool {
        self.0.u8(0..100) < self.1.rates[fault as usize]
    }

    fn one_of(&mut self, codes: &[i64]) -> i64 {
        codes[self.0.usize(0..codes.len())]
    }
}

impl State {
    fn respond(&mut self, body: &[u8]) -> Result<Response, TransportError> {
        let times = self.sent.entry(body.to_vec()).or_default();
        *times += 1;
        let mut hasher = DefaultHasher::new();
        (self.faults.seed, *times, body).hash(&mut hasher);
        let faults = self.faults;
        let mut dice = Dice(fastrand::Rng::with_seed(hasher.finish()), &faults);

        let broken = |kind| Err(TransportError::new(kind, "scripted"));
        if dice.happens(Fault::NoConnection) {
            return broken(TransportErrorKind::Connect);
        }
        let body: Value = serde_json::from_slice(body).unwrap();
        let from = body["From_Account"].as_str().unwrap();
        let adds = body.get("FollowItem").and_then(Value::as_array);
        let targets: Vec<UserId> = match adds {
            Some(items) => items.iter().map(|item| item["To_Account"].as_str().unwrap().into()).collect(),
            None => serde_json::from_value(body["To_Account"].clone()).unwrap(),
        };
        for (fault, kind) in [
            (Fault::LostBefore, TransportErrorKind::Lost),
            (Fault::LostAfter, TransportErrorKind::TooLong),
            (Fault::TimedOut, TransportErrorKind::Timeout),
        ] {
            if dice.happens(fault) {
                targets.iter().for_each(|to| self.record(from, to, Recorded::NoResponse));
                return broken(kind);
            }
        }
        if dice.happens(Fault::HttpError) {
            targets.iter().for_each(|to| self.record(from, to, Recorded::NoResponse));
            return Ok(Response::new([500, 429, 404, 200][dice.0.usize(0..4)], "<html>"));
        }
        for (fault, codes) in [
            (Fault::FatalCode, &[70009, 30005, 60010, 30002, 30004, 70050][..]),
            (Fault::RetryableCode, &[30006, 60007, 70001]),
            (Fault::RejectedCall, &[30003, 30001, 12345]),
        ] {
            if dice.happens(fault) {
                let code = dice.one_of(codes);
                self.stopped |= matches!(fault, Fault::FatalCode);
                targets.iter().for_each(|to| self.record(from, to, Recorded::Call(code)));
                let text = json!({"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "call"});
                return Ok(Response::new(200, text.to_string()));
            }
        }
        let mut items: Vec<Value> =
            targets.iter().flat_map(|to| self.items(from, to, adds.is_some(), &mut dice)).collect();
        dice.0.shuffle(&mut items);
        Ok(Response::new(200, json!({"ResultItem": items, "ActionStatus": "OK", "ErrorCode": 0}).to_string()))
    }

    fn items(&mut self, from: &str, to: &UserId, adds: bool, dice: &mut Dice<'_>) -> Vec<Value> {
        let done = |relation: i64| json!({"To_Account": to, "ResultCode": 0, "ResultInfo": "", "FollowType": relation});
        let rejected = |code: i64| json!({"To_Account": to, "ResultCode": code, "ResultInfo": "item"});
        let relation = dice.0.i64(0..4);
        let (last, mut items) = if dice.happens(Fault::MissingItem) {
            (Recorded::Missing, Vec::new())
        } else if dice.happens(Fault::Contradiction) {
            // The response of follow_add has nothing but the code, so only codes can differ.
            let other = [rejected(30003), rejected(30006), done((relation + 1) % 4)];
            let different = if adds { 2 } else { 3 };
            (Recorded::Contradiction, vec![done(relation), other[dice.0.usize(0..different)].clone()])
        } else if dice.happens(Fault::TransientItem) {
            let code = dice.one_of(&[30006, 30007, 30540]);
            (Recorded::Item(code), vec![rejected(code)])
        } else if dice.happens(Fault::ItemCode) {
            let code = dice.one_of(&[30003, 30002, 30004, 70009, 70050, 12345]);
            (Recorded::Item(code), vec![rejected(code)])
        } else {
            (Recorded::Done(relation), vec![done(relation)])
        };
        // The same item twice does not contradict itself.
        if let [item] = &items[..]
            && dice.0.u8(0..10) == 0
        {
            items.push(item.clone());
        }
        self.record(from, to, last);
        items
    }

    fn record(&mut self, from: &str, to: &UserId, recorded: Recorded) {
        self.histories.entry((from.to_owned(), to.as_str().to_owned())).or_default().push(recorded);
    }
}
