//! Calls of follow_check with 100 targets over a persistent loopback connection, encoded and
//! decoded by both sides.

use std::sync::Arc;
use std::time::Duration;

use tim_follow::{Client, Config, LocalRateLimiter, SdkAppId, SecretKey, blocking, follow};
use tokio::runtime::{Builder, Runtime};

use crate::compare;
use crate::server::Server;
use crate::wire::{Checked, Request, users};

const GATE: f64 = 1.10;
/// The number of calls in a round, on each side.
const CALLS: usize = 3200;
const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn run() -> bool {
    let server = Server::start();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut holds = true;
    for in_flight in [8, 64] {
        holds &= asynchronous(&server, &runtime, in_flight);
        holds &= blocking(&server, in_flight);
    }
    holds
}

/// Settings with a rate limiter, whose limit is so high that no call waits.
fn config(server: &Server) -> Config {
    let limiter = LocalRateLimiter::new().limit("follow_check", 1_000_000);
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
        .base_url(&server.url)
        .rate_limiter(Arc::new(limiter))
}

/// The URL of a bare call: as long as that of our calls, and made once.
fn url(server: &Server) -> String {
    let usersig = "x".repeat(200);
    let query =
        format!("sdkappid=1400000000&identifier=administrator&usersig={usersig}&random=1234567890&contenttype=json");
    format!("{}/v4/follow/follow_check?{query}", server.url)
}

fn asynchronous(server: &Server, runtime: &Runtime, in_flight: usize) -> bool {
    let users = Arc::new(users(100));
    let bare = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
    let ours = Client::new(config(server)).unwrap();
    let url = Arc::new(url(server));
    compare(
        &format!("call through Client beside reqwest, {in_flight} in flight"),
        GATE,
        CALLS as u32,
        || {
            in_parallel(runtime, in_flight, || {
                let (bare, url, users) = (bare.clone(), url.clone(), users.clone());
                async move {
                    for _ in 0..CALLS / in_flight {
                        let request = Request { from: "alice".to_owned(), to: users.to_vec() };
                        let body = serde_json::to_vec(&request).unwrap();
                        let call = bare.post(url.as_str()).header("Content-Type", "application/json").body(body);
                        let response = call.send().await.unwrap().bytes().await.unwrap();
                        serde_json::from_slice::<Checked>(&response).unwrap();
                    }
                }
            });
        },
        || {
            in_parallel(runtime, in_flight, || {
                let (ours, users) = (ours.clone(), users.clone());
                async move {
                    for _ in 0..CALLS / in_flight {
                        ours.send(follow::Check::new("alice", users.iter().map(String::as_str))).await.unwrap();
                    }
                }
            });
        },
    )
}

fn in_parallel<F: Future<Output = ()> + Send + 'static>(runtime: &Runtime, count: usize, task: impl Fn() -> F) {
    runtime.block_on(async {
        let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(task())).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn blocking(server: &Server, in_flight: usize) -> bool {
    let users = users(100);
    let config_of_bare = ureq::Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(TIMEOUT))
        .max_idle_connections(64)
        .max_idle_connections_per_host(64);
    let bare = config_of_bare.build().new_agent();
    let ours = blocking::Client::new(config(server)).unwrap();
    let url = url(server);
    compare(
        &format!("call through blocking::Client beside ureq, {in_flight} in flight"),
        GATE,
        CALLS as u32,
        || {
            on_threads(in_flight, || {
                let request = Request { from: "alice".to_owned(), to: users.clone() };
                let body = serde_json::to_vec(&request).unwrap();
                let call = bare.post(&url).header("Content-Type", "application/json");
                let response = call.send(&body).unwrap().body_mut().read_to_vec().unwrap();
                serde_json::from_slice::<Checked>(&response).unwrap();
            });
        },
        || {
            on_threads(in_flight, || {
                ours.send(follow::Check::new("alice", users.iter().map(String::as_str))).unwrap();
            });
        },
    )
}

fn on_threads(count: usize, call: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| (0..CALLS / count).for_each(|_| call()));
        }
    });
}
