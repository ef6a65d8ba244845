//! A service of follow_check and follow_add with random faults that records what it saw of each target and what it said about it.

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tim_follow::transport::{BlockingTransport, ClockReading, Request, Response, TransportError, TransportErrorKind};
use tim_follow::{Transport, UserId};

use crate::service::give_way;

/// How often each fault happens, in percent, in the order of [`Fault`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    pub(super) seed: u64,
    pub(super) rates: [u8; 12],
}

/// What can go wrong. The first eight concern a request, the others an item.
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

/// What the service said about a target in one request that it saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    NoResponse,
    /// The whole call was rejected.
    Call(i64),
    Item(i64),
    Missing,
    Contradiction,
    Done(i64),
}

impl Said {
    pub(super) fn code(self) -> Option<i64> {
        match self {
            Self::Call(code) | Self::Item(code) => Some(code),
            _ => None,
        }
    }
}

/// Shared by its clones.
#[derive(Debug, Clone)]
pub(super) struct Ledger(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    faults: Faults,
    start: ClockReading,
    elapsed: Duration,
    /// How often each body was sent. Faults depend on this, so the order of threads plays no part.
    sent: HashMap<Vec<u8>, u64>,
    /// The bodies that were sent.
    begun: HashSet<Vec<u8>>,
    /// Whether a call was rejected with a code that stops the batch, or the batch was stopped.
    stopped: bool,
    /// How many bodies were sent for the first time after that.
    late: usize,
    /// What was said about each pair, in order.
    seen: HashMap<(String, String), Vec<Said>>,
}

impl Ledger {
    pub(super) fn new(faults: Faults) -> Self {
        let (start, elapsed) = (ClockReading { unix: 1_700_000_000, ..ClockReading::system() }, Duration::ZERO);
        let (begun, stopped, late) = (HashSet::new(), false, 0);
        let (sent, seen) = (HashMap::new(), HashMap::new());
        Self(Arc::new(Mutex::new(State { faults, start, elapsed, sent, begun, stopped, late, seen })))
    }

    /// The batch is stopped now.
    pub(super) fn stop(&self) {
        self.0.lock().unwrap().stopped = true;
    }

    /// How many bodies were sent for the first time after the batch had to stop.
    pub(super) fn late(&self) -> usize {
        self.0.lock().unwrap().late
    }

    fn begin(&self, request: &Request) {
        let mut state = self.0.lock().unwrap();
        if state.begun.insert(request.body().to_vec()) && state.stopped {
            state.late += 1;
        }
    }

    fn end(&self, request: &Request) -> Result<Response, TransportError> {
        let mut state = self.0.lock().unwrap();
        state.elapsed += Duration::from_millis(1);
        state.answer(request.body())
    }

    /// What the service said about a pair, in order; nothing when it never saw it.
    pub(super) fn history(&self, from: &str, to: &str) -> Vec<Said> {
        self.0.lock().unwrap().seen.get(&(from.to_owned(), to.to_owned())).cloned().unwrap_or_default()
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
    fn answer(&mut self, body: &[u8]) -> Result<Response, TransportError> {
        let times = self.sent.entry(body.to_vec()).or_default();
        *times += 1;
        let mut hasher = DefaultHasher::new();
        (self.faults.seed, *times, body).hash(&mut hasher);
        let faults = self.faults;
        let mut dice = Dice(fastrand::Rng::with_seed(hasher.finish()), &faults);

        let broken = |phase| Err(TransportError::new(phase, "scripted"));
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
        for (fault, phase) in [
            (Fault::LostBefore, TransportErrorKind::Lost),
            (Fault::LostAfter, TransportErrorKind::TooLong),
            (Fault::TimedOut, TransportErrorKind::Timeout),
        ] {
            if dice.happens(fault) {
                targets.iter().for_each(|to| self.note(from, to, Said::NoResponse));
                return broken(phase);
            }
        }
        if dice.happens(Fault::HttpError) {
            targets.iter().for_each(|to| self.note(from, to, Said::NoResponse));
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
                targets.iter().for_each(|to| self.note(from, to, Said::Call(code)));
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
            (Said::Missing, Vec::new())
        } else if dice.happens(Fault::Contradiction) {
            // The response of follow_add has nothing but the code, so only codes can differ.
            let other = [rejected(30003), rejected(30006), done((relation + 1) % 4)];
            let different = if adds { 2 } else { 3 };
            (Said::Contradiction, vec![done(relation), other[dice.0.usize(0..different)].clone()])
        } else if dice.happens(Fault::TransientItem) {
            let code = dice.one_of(&[30006, 30007, 30540]);
            (Said::Item(code), vec![rejected(code)])
        } else if dice.happens(Fault::ItemCode) {
            let code = dice.one_of(&[30003, 30002, 30004, 70009, 70050, 12345]);
            (Said::Item(code), vec![rejected(code)])
        } else {
            (Said::Done(relation), vec![done(relation)])
        };
        // The same item twice is no contradiction.
        if let [item] = &items[..]
            && dice.0.u8(0..10) == 0
        {
            items.push(item.clone());
        }
        self.note(from, to, last);
        items
    }

    fn note(&mut self, from: &str, to: &UserId, said: Said) {
        self.seen.entry((from.to_owned(), to.as_str().to_owned())).or_default().push(said);
    }
}

impl BlockingTransport for Ledger {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.begin(&request);
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
impl Transport for Ledger {
    /// Lets others run a few times before it answers, so that responses come in another order than requests.
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.begin(&request);
        let mut rounds = request.body().iter().map(|byte| u32::from(*byte)).sum::<u32>() % 4;
        poll_fn(|_| {
            rounds = rounds.saturating_sub(1);
            if rounds == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.end(&request)
    }

    /// Lets every request in flight end first: virtual time passes only while nothing else can happen.
    async fn sleep(&self, time: Duration) {
        give_way(8).await;
        BlockingTransport::sleep(self, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}
