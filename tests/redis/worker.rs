//! One of several processes: makes calls with the rate limiter at `argv[1]`, sends them to
//! `argv[2]`, and prints the errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tim_follow::{Client, Config, Limits, OnUnavailable, RedisRateLimiter, SdkAppId, SecretKey, blocking};

/// The number of calls in flight.
const IN_FLIGHT: usize = 16;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [redis, service, kind, calls, deadline_ms, share] = &args[..] else { panic!("{args:?}") };
    let on_unavailable = match share.parse().unwrap() {
        0 => OnUnavailable::Wait,
        share => OnUnavailable::LocalShare(share),
    };
    let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
        .base_url(service)
        .limits(Limits::default().deadline(Duration::from_millis(deadline_ms.parse().unwrap())))
        .rate_limiter(Arc::new(RedisRateLimiter::new(redis).unwrap().on_unavailable(on_unavailable)));
    let work = Work(AtomicUsize::new(calls.parse().unwrap()));
    match kind.as_str() {
        "async" => asynchronous(config, work),
        _ => blocking(config, &work),
    }
}

/// How many calls are left.
struct Work(AtomicUsize);

impl Work {
    fn take(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn done(&self, result: Result<tim_follow::RawResponse, tim_follow::Error>) {
        if let Err(error) = result {
            println!("{error}");
        }
    }
}

#[tokio::main]
async fn asynchronous(config: Config, work: Work) {
    let (client, work) = (Client::new(config).unwrap(), Arc::new(work));
    let callers: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (client, work) = (client.clone(), work.clone());
            tokio::spawn(async move {
                while work.take() {
                    work.done(client.call("follow", "follow_check", "{}").await);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

fn blocking(config: Config, work: &Work) {
    let client = blocking::Client::new(config).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            scope.spawn(|| {
                while work.take() {
                    work.done(client.call("follow", "follow_check", "{}"));
                }
            });
        }
    });
}
