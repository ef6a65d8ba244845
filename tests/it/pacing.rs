//! Calls at the full rate limit, in virtual time, against a service that counts in fixed or in
//! sliding windows.

mod service;
mod threads;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{ClockReading, Request, Response, TransportError};
use tim_follow::{Client, Config, LocalRateLimiter, Region, SdkAppId, SecretKey, Transport, blocking, follow};
use tokio::time::{Instant, sleep};

use service::{CALLS_PER_SECOND, Counting, Network, Service};
use threads::Threads;

const CALLERS: usize = 64;
const MS: Duration = Duration::from_millis(1);

/// A transport to the service on tokio's clock.
#[derive(Debug, Clone)]
struct Tasks(Arc<Mutex<Service>>);

#[async_trait]
impl Transport for Tasks {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let way = self.0.lock().unwrap().send();
        sleep(way).await;
        let (response, way) = self.0.lock().unwrap().arrive(Instant::now().into_std());
        sleep(way).await;
        self.0.lock().unwrap().returned();
        Ok(response)
    }

    async fn sleep(&self, time: Duration) {
        sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        ClockReading::at(Instant::now().into_std())
    }
}

fn config() -> Config {
    Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore)
}

fn service(counting: Counting, network: Network) -> Arc<Mutex<Service>> {
    Arc::new(Mutex::new(Service::new(counting, network, Instant::now().into_std())))
}

/// Makes this many calls, each with one target. Returns the used share of the rate limit, and the
/// number of calls that were throttled.
async fn run(counting: Counting, network: Network, calls: usize) -> (f64, usize) {
    let service = service(counting, network);
    let client = Client::with_transport(config(), Arc::new(Tasks(service.clone()))).unwrap();
    let start = Instant::now();
    let pairs = (0..calls).map(|number| (format!("user-{number}"), "bob"));
    let report = client.batch(follow::Check::pairs(), pairs).collect().await;
    assert_eq!((report.items.len(), report.done), (calls, calls));
    let service = service.lock().unwrap();
    let accepted = service.arrivals.len() - service.rejected;
    let used = accepted as f64 / (CALLS_PER_SECOND as f64 * (Instant::now() - start).as_secs_f64());
    (used, service.rejected)
}

/// A network that delays requests, but not responses, by up to `jitter` milliseconds.
fn late_requests(latency: u32, jitter: u32) -> Network {
    Network { latency: latency * MS, jitter: (jitter * MS, Duration::ZERO), ..Network::default() }
}

#[tokio::test(start_paused = true)]
async fn the_rate_limit_is_used_and_never_exceeded_with_up_to_9_ms_of_jitter() {
    let fixed = [0, 250, 999].map(|offset| Counting::Fixed(Duration::from_millis(offset)));
    for counting in fixed.into_iter().chain([Counting::Sliding]) {
        for latency in [5, 30, 100] {
            for jitter in [0, 5, 9] {
                let (used, rejected) = run(counting, late_requests(latency, jitter), 30 * CALLS_PER_SECOND).await;
                assert_eq!(rejected, 0, "{counting:?}, {latency} ms, jitter {jitter} ms");
                assert!(used >= 0.98, "{used:.3}: {counting:?}, {latency} ms, jitter {jitter} ms");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn more_jitter_costs_time_but_no_rejection() {
    let (used, rejected) = run(Counting::Sliding, late_requests(30, 60), 30 * CALLS_PER_SECOND).await;
    assert_eq!(rejected, 0);
    assert!(used > 0.94, "{used:.3}");
}

#[tokio::test(start_paused = true)]
async fn two_clients_without_a_shared_limiter_slow_down_and_lose_nothing() {
    let service = service(Counting::Sliding, late_requests(30, 9));
    let start = Instant::now();
    let batches = [0, 1].map(|_| {
        let client = Client::with_transport(config(), Arc::new(Tasks(service.clone()))).unwrap();
        let pairs = (0..15 * CALLS_PER_SECOND).map(|number| (format!("user-{number}"), "bob"));
        tokio::spawn(client.batch(follow::Check::pairs(), pairs).collect())
    });
    for batch in batches {
        assert_eq!(batch.await.unwrap().done, 15 * CALLS_PER_SECOND);
    }
    let service = service.lock().unwrap();
    let used = 30.0 / (Instant::now() - start).as_secs_f64();
    assert!(service.rejected > 0, "calls were throttled, so the clients had to slow down");
    assert!(service.rejected < 900, "{} of 6000 rejected", service.rejected);
    assert!(used > 0.8, "{used:.3}");
}

/// Networks whose connections are cold at first, with up to 10 ms of jitter in a round trip.
fn cold_networks() -> impl Iterator<Item = Network> {
    let handshakes = [0, 50, 150].into_iter();
    handshakes.flat_map(|handshake| {
        [5, 30, 100].into_iter().flat_map(move |latency| {
            [(0, 0), (10, 0), (5, 5), (0, 10)].map(|(request, response)| Network {
                handshake: handshake * MS,
                latency: latency * MS,
                jitter: (request * MS, response * MS),
            })
        })
    })
}

fn check(service: &Service) {
    let (busiest, rate) = (service.busiest_second(), service.steady_rate());
    assert!(busiest <= CALLS_PER_SECOND, "{busiest} calls in a second: {:?}", service.network);
    assert!(rate >= 0.98, "{rate:.4} of the rate limit: {:?}", service.network);
}

fn check_one() -> follow::Check {
    follow::Check::new("alice", ["bob"])
}

/// Makes `calls` calls from this many tasks.
async fn run_tasks(tasks: usize, calls: usize, network: Network) -> Arc<Mutex<Service>> {
    let service = service(Counting::Unlimited, network);
    let client = Client::with_transport(config(), Arc::new(Tasks(service.clone()))).unwrap();
    let tasks = (0..tasks).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..calls / tasks {
                client.send(check_one()).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    service
}

/// Makes `calls` calls from this many threads.
fn run_threads(threads: usize, calls: usize, network: Network) -> Arc<Mutex<Service>> {
    let service = service(Counting::Unlimited, network);
    let transport = Threads::new(threads, service.clone(), Instant::now().into_std());
    let client = blocking::Client::with_transport(config(), Arc::new(transport.clone())).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..calls / threads {
                    client.send(check_one()).unwrap();
                }
                transport.finish();
            });
        }
    });
    service
}

#[tokio::test(start_paused = true)]
async fn tasks_that_start_at_once_on_cold_connections_keep_within_the_rate_limit() {
    for network in cold_networks() {
        for tasks in [CALLERS, 2 * CALLS_PER_SECOND] {
            check(&run_tasks(tasks, 20 * CALLS_PER_SECOND, network).await.lock().unwrap());
        }
    }
}

#[test]
fn threads_that_start_at_once_on_cold_connections_keep_within_the_rate_limit() {
    for network in cold_networks() {
        check(&run_threads(CALLERS, 12 * CALLS_PER_SECOND, network).lock().unwrap());
    }
}

/// A batch polls its calls only in `next`. Between two calls of `next`, its waiting calls must not
/// delay other calls.
#[tokio::test(start_paused = true)]
async fn calls_between_two_outcomes_of_a_batch_are_sent() {
    let service = service(Counting::Unlimited, late_requests(30, 0));
    let config = config().rate_limiter(Arc::new(LocalRateLimiter::new().limit("follow_check", 10)));
    let client = Client::with_transport(config, Arc::new(Tasks(service))).unwrap();
    let pairs = (0..200).map(|number| (format!("user-{number}"), "bob"));
    let mut outcomes = client.batch(follow::Check::pairs(), pairs);
    for _ in 0..20 {
        outcomes.next().await.unwrap();
        client.send(check_one()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn responses_that_take_longer_than_a_second_lower_the_rate() {
    for latency in [1200, 2500] {
        let network = late_requests(latency, 0);
        let service = run_tasks(2 * CALLS_PER_SECOND, 20 * CALLS_PER_SECOND, network).await;
        let service = service.lock().unwrap();
        let (rate, max) = (service.steady_rate(), 1000.0 / f64::from(latency));
        assert!(rate >= 0.96 * max && rate <= 1.01 * max, "{rate:.4} of {max:.4}");
        assert!(service.busiest_second() <= CALLS_PER_SECOND);
    }
}
