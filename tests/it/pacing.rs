//! Calls at the full quota, in virtual time, against a service that counts in fixed or in sliding windows.

mod service;
mod threads;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tim_follow::transport::{Moment, Request, Response, TransportError};
use tim_follow::{Client, Config, Region, SdkAppId, SecretKey, Transport, blocking, follow};
use tokio::time::{Instant, sleep};

use service::{Counting, Network, QUOTA, Service};
use threads::Threads;

const CALLERS: usize = 64;
const MS: Duration = Duration::from_millis(1);

/// The service behind tokio's clock.
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

    fn now(&self) -> Moment {
        Moment::at(Instant::now().into_std())
    }
}

fn config() -> Config {
    Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore)
}

fn service(counting: Counting, network: Network) -> Arc<Mutex<Service>> {
    Arc::new(Mutex::new(Service::new(counting, network, Instant::now().into_std())))
}

/// Makes so many calls, of one target each; returns how much of the quota they used and how many were rejected on the way.
async fn run(counting: Counting, network: Network, calls: usize) -> (f64, usize) {
    let service = service(counting, network);
    let client = Client::with_transport(config(), Arc::new(Tasks(service.clone()))).unwrap();
    let start = Instant::now();
    let pairs = (0..calls).map(|number| (format!("user-{number}"), "bob"));
    let report = client.batch_pairs(follow::Check::of(""), pairs).collect().await;
    assert_eq!((report.items.len(), report.done), (calls, calls));
    let service = service.lock().unwrap();
    let accepted = service.arrivals.len() - service.rejected;
    let used = accepted as f64 / (QUOTA as f64 * (Instant::now() - start).as_secs_f64());
    (used, service.rejected)
}

/// A network whose requests, not its responses, are late by up to this many milliseconds.
fn late_requests(latency: u32, jitter: u32) -> Network {
    Network { latency: latency * MS, jitter: (jitter * MS, Duration::ZERO), ..Network::default() }
}

#[tokio::test(start_paused = true)]
async fn the_quota_is_used_up_and_never_exceeded_with_up_to_9_ms_of_jitter() {
    let fixed = [0, 250, 999].map(|offset| Counting::Fixed(Duration::from_millis(offset)));
    for counting in fixed.into_iter().chain([Counting::Sliding]) {
        for latency in [5, 30, 100] {
            for jitter in [0, 5, 9] {
                let (used, rejected) = run(counting, late_requests(latency, jitter), 30 * QUOTA).await;
                assert_eq!(rejected, 0, "{counting:?}, {latency} ms, jitter {jitter} ms");
                assert!(used >= 0.98, "{used:.3}: {counting:?}, {latency} ms, jitter {jitter} ms");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn with_more_jitter_the_pace_gives_way_and_nothing_is_lost() {
    let (used, rejected) = run(Counting::Sliding, late_requests(30, 60), 30 * QUOTA).await;
    assert!(rejected > 0, "the quota was met, so that there is something to give way to");
    assert!(rejected < 300, "{rejected} of 6000 rejected");
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
    assert!(busiest <= QUOTA, "{busiest} calls in a second: {:?}", service.network);
    assert!(rate >= 0.98, "{rate:.4} of the quota: {:?}", service.network);
}

fn check_one() -> follow::Check {
    follow::Check::new("alice", ["bob"])
}

#[tokio::test(start_paused = true)]
async fn tasks_that_start_at_once_on_cold_connections_stay_within_the_quota() {
    for network in cold_networks() {
        let service = service(Counting::Unlimited, network);
        let client = Client::with_transport(config(), Arc::new(Tasks(service.clone()))).unwrap();
        let calls = (0..CALLERS).map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..20 * QUOTA / CALLERS {
                    client.send(check_one()).await.unwrap();
                }
            })
        });
        for task in calls.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        check(&service.lock().unwrap());
    }
}

#[test]
fn threads_that_start_at_once_on_cold_connections_stay_within_the_quota() {
    for network in cold_networks() {
        let start = Instant::now().into_std();
        let service = service(Counting::Unlimited, network);
        let threads = Threads::new(CALLERS, service.clone(), start);
        let client = blocking::Client::with_transport(config(), Arc::new(threads.clone())).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    for _ in 0..20 * QUOTA / CALLERS {
                        client.send(check_one()).unwrap();
                    }
                    threads.finish();
                });
            }
        });
        check(&service.lock().unwrap());
    }
}
