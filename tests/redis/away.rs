//! Redis becomes unavailable and comes back.

use std::thread;
use std::time::Duration;

use crate::processes::{LIMIT, Worker};
use crate::server::Redis;
use crate::service::Service;

/// Waits until the service has counted this many calls.
fn wait_for(service: &Service, calls: usize) {
    for _ in 0..2000 {
        if service.calls() >= calls {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("after 20 s the service has {} calls, not {calls}", service.calls());
}

/// Runs eight processes. Redis crashes in the middle, loses all data, and is started again. Returns
/// how many calls were made without it.
fn crash(name: &str, share: u32) -> usize {
    let (mut redis, service) = (Redis::start(name), Service::start());
    let start = |number| Worker::start(number, &redis.url(), &service, 150, 20_000, share);
    let workers: Vec<_> = (0..8).map(start).collect();
    wait_for(&service, 400);
    redis.kill();
    let before = service.calls();
    thread::sleep(Duration::from_secs(3));
    let without = service.calls() - before;
    redis.start_again();
    for worker in workers {
        assert_eq!(worker.end(), [""; 0], "no call is lost");
    }
    assert_eq!(service.calls(), 8 * 150);
    let (most, _) = service.pace();
    assert!(most <= LIMIT, "{most} calls in a second");
    without
}

#[test]
fn calls_wait_for_redis_and_continue_when_it_is_back() {
    // Calls that were granted before may still be in flight.
    let without = crash("closed", 0);
    assert!(without <= 20, "{without} calls went out without Redis");
}

#[test]
fn a_local_share_continues_without_redis() {
    // A window passes, and then eight processes make 10 calls a second each for two seconds.
    let without = crash("share", 10);
    assert!((80..=260).contains(&without), "{without} calls went out without Redis");
}

#[test]
fn calls_end_at_their_deadline_when_redis_stays_unavailable() {
    let (mut redis, service) = (Redis::start("gone"), Service::start());
    redis.kill();
    for number in 0..2 {
        let failed = Worker::start(number, &redis.url(), &service, 16, 700, 0).end();
        assert_eq!(failed.len(), 16);
        assert!(
            failed
                .iter()
                .all(|line| line.contains("not sent: the rate limiter is unavailable: no connection to Redis")),
            "{failed:?}"
        );
    }
    assert_eq!(service.calls(), 0);
}

/// A Redis that accepts the connection and never responds, as behind a firewall.
#[test]
fn calls_end_at_their_deadline_when_redis_is_silent() {
    let (silent, service) = (std::net::TcpListener::bind("127.0.0.1:0").unwrap(), Service::start());
    let url = format!("redis://{}", silent.local_addr().unwrap());
    for number in 0..2 {
        let failed = Worker::start(number, &url, &service, 16, 300, 0).end();
        assert_eq!(failed.len(), 16);
        assert!(failed.iter().all(|line| line.contains("deadline")), "{failed:?}");
    }
    assert_eq!(service.calls(), 0);
}
