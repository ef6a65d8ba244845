//! A long batch at the full quota, in virtual time, against a service that counts in fixed or in sliding windows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{Moment, Request, Response, TransportError};
use tim_follow::{Client, Config, Region, SdkAppId, SecretKey, Transport, follow};
use tokio::time::{Instant, sleep};

const QUOTA: usize = 200;
const SECOND: Duration = Duration::from_secs(1);

/// How a service counts calls.
#[derive(Debug, Clone, Copy)]
enum Counting {
    /// In seconds that begin at this offset.
    Fixed(Duration),
    /// In the second before each call.
    Sliding,
}

#[derive(Debug, Clone)]
struct Service(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    counting: Counting,
    latency: Duration,
    /// How much later than the latency a request may arrive, in milliseconds.
    jitter: u64,
    random: u64,
    start: Instant,
    accepted: VecDeque<Instant>,
    total: usize,
    refused: usize,
}

impl Service {
    fn new(counting: Counting, latency: u64, jitter: u64) -> Self {
        let (latency, start) = (Duration::from_millis(latency), Instant::now());
        let accepted = VecDeque::new();
        Self(Arc::new(Mutex::new(State {
            counting,
            latency,
            jitter,
            random: 7,
            start,
            accepted,
            total: 0,
            refused: 0,
        })))
    }

    /// How long a request is on its way.
    fn way(&self) -> Duration {
        let mut state = self.0.lock().unwrap();
        state.random = state.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let jitter = (state.random >> 33) % (state.jitter + 1);
        state.latency / 2 + Duration::from_millis(jitter)
    }

    fn arrive(&self) -> &'static str {
        let mut state = self.0.lock().unwrap();
        let now = Instant::now();
        let (start, counting) = (state.start, state.counting);
        let second_of = |at: Instant, offset: Duration| (at - start + offset).as_secs();
        let counts = |at: &Instant| match counting {
            Counting::Fixed(offset) => second_of(*at, offset) == second_of(now, offset),
            Counting::Sliding => now - *at < SECOND,
        };
        while state.accepted.front().is_some_and(|at| !counts(at)) {
            state.accepted.pop_front();
        }
        if state.accepted.len() >= QUOTA {
            state.refused += 1;
            return r#"{"ActionStatus":"FAIL","ErrorCode":60007,"ErrorInfo":""}"#;
        }
        state.accepted.push_back(now);
        state.total += 1;
        r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":0}],"ErrorCode":0}"#
    }
}

#[async_trait]
impl Transport for Service {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        sleep(self.way()).await;
        let answer = self.arrive();
        let latency = self.0.lock().unwrap().latency;
        sleep(latency / 2).await;
        Ok(Response::new(200, answer))
    }

    async fn sleep(&self, time: Duration) {
        sleep(time).await;
    }

    fn now(&self) -> Moment {
        Moment::at(Instant::now().into_std())
    }
}

/// Makes so many calls, of one target each; returns how much of the quota they used and how many were refused on the way.
async fn run(service: &Service, calls: usize) -> (f64, usize) {
    let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
    let client = Client::with_transport(config, Arc::new(service.clone())).unwrap();
    let start = Instant::now();
    let pairs = (0..calls).map(|number| (format!("user-{number}"), "bob"));
    let report = client.batch_pairs(follow::Check::of(""), pairs).collect().await;
    assert_eq!((report.items.len(), report.done), (calls, calls));
    let state = service.0.lock().unwrap();
    let used = state.total as f64 / (QUOTA as f64 * (Instant::now() - start).as_secs_f64());
    (used, state.refused)
}

#[tokio::test(start_paused = true)]
async fn the_quota_is_used_up_and_never_exceeded_with_up_to_9_ms_of_jitter() {
    let fixed = [0, 250, 999].map(|offset| Counting::Fixed(Duration::from_millis(offset)));
    for counting in fixed.into_iter().chain([Counting::Sliding]) {
        for latency in [5, 30, 100] {
            for jitter in [0, 5, 9] {
                let service = Service::new(counting, latency, jitter);
                let (used, refused) = run(&service, 30 * QUOTA).await;
                assert_eq!(refused, 0, "{counting:?}, {latency} ms, jitter {jitter} ms");
                assert!(used >= 0.985, "{used:.3}: {counting:?}, {latency} ms, jitter {jitter} ms");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn with_more_jitter_the_pace_gives_way_and_nothing_is_lost() {
    let service = Service::new(Counting::Sliding, 30, 60);
    let (used, refused) = run(&service, 30 * QUOTA).await;
    assert!(refused > 0, "the quota was met, so that there is something to give way to");
    assert!(refused < 300, "{refused} of 6000 refused");
    assert!(used > 0.8, "{used:.3}");
}
