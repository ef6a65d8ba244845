//! Many calls at once over real sockets whose connections open slowly, counted by the server.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tim_follow::{Client, Config, SdkAppId, SecretKey, blocking, follow};
use tim_tests::wire_server::respond_to_all;

const CALLS_PER_SECOND: usize = 200;
const CALLERS: usize = 64;
/// Two windows and a part of a third.
const CALLS: usize = 7 * CALLERS;
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"ErrorCode\":0}";

#[expect(clippy::disallowed_methods, reason = "real sockets, real time")]
fn now() -> Instant {
    Instant::now()
}

struct Server {
    url: String,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    /// Reads nothing from a new connection for this long, like a connection that opens slowly.
    fn start(handshake: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrivals = Arc::<Mutex<Vec<Instant>>>::default();
        let all = arrivals.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, arrivals) = (stream.unwrap(), all.clone());
                thread::spawn(move || {
                    thread::sleep(handshake);
                    respond_to_all(&stream, RESPONSE, || arrivals.lock().unwrap().push(now()))
                });
            }
        });
        Self { url, arrivals }
    }

    fn config(&self) -> Config {
        Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).base_url(&self.url)
    }

    fn check(&self, handshake: Duration) {
        let arrivals = self.arrivals.lock().unwrap();
        let second = Duration::from_secs(1);
        let within = |first: usize| arrivals[first..].iter().take_while(|at| **at - arrivals[first] < second).count();
        let busiest = (0..arrivals.len()).map(within).max().unwrap();
        assert_eq!(arrivals.len(), CALLS);
        assert!(busiest <= CALLS_PER_SECOND, "{busiest} calls in a second with a handshake of {handshake:?}");
    }
}

/// Runs the calls for each duration of a handshake, at the same time.
fn for_each_handshake(calls: impl Fn(&Server) + Sync) {
    thread::scope(|scope| {
        for handshake in [0, 50, 150].map(Duration::from_millis) {
            let calls = &calls;
            scope.spawn(move || {
                let server = Server::start(handshake);
                calls(&server);
                server.check(handshake);
            });
        }
    });
}

#[test]
fn tasks_that_start_at_once_keep_within_the_rate_limit() {
    for_each_handshake(|server| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let client = Client::new(server.config()).unwrap();
            let tasks = (0..CALLERS).map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    for _ in 0..CALLS / CALLERS {
                        client.send(follow::Check::new("alice", ["bob"])).await.unwrap();
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
    });
}

#[test]
fn threads_that_start_at_once_keep_within_the_rate_limit() {
    for_each_handshake(|server| {
        let client = blocking::Client::new(server.config()).unwrap();
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    for _ in 0..CALLS / CALLERS {
                        client.send(follow::Check::new("alice", ["bob"])).unwrap();
                    }
                });
            }
        });
    });
}
