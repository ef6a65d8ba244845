//! Calls wait for the rate limiter.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;
use tim_follow::transport::{
    BlockingTransport, ClockReading, MockTransport, Request, Response, TransportError, TransportErrorKind,
};
use tim_follow::{
    Acquire, Client, Config, ErrorKind, Limits, LocalRateLimiter, Pending, RateLimitKey, RateLimiter, Transport,
    Unlimited, Waiter, blocking, follow,
};

use crate::clients::{Either, broken, code, config, elapsed, ok, with_both};

const WINDOW: Duration = Duration::from_millis(1009);
const MS: Duration = Duration::from_millis(1);

fn add(client: &Either) -> Result<(), tim_follow::Error> {
    client.send(follow::Add::new("alice", ["bob"])).map(drop)
}

#[test]
fn call_201_waits_for_the_window_of_the_first() {
    with_each(
        config,
        || MockTransport::new((0..201).map(|_| ok())),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            (0..200).for_each(|_| add(&client).unwrap());
            assert_eq!(elapsed(&script, start), Duration::ZERO);
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW);
        },
    );
}

/// A new rate limiter for each client, so that the second does not wait for the first.
fn limited() -> Config {
    config().rate_limiter(Arc::new(LocalRateLimiter::new().limit("follow_add", 1)))
}

fn with_each(config: impl Fn() -> Config, script: impl Fn() -> MockTransport, test: impl Fn(Either, MockTransport)) {
    let copy = script();
    test(Either::Async(Client::with_transport(config(), Arc::new(copy.clone())).unwrap()), copy);
    let copy = script();
    let client = blocking::Client::with_transport(config(), Arc::new(copy.clone())).unwrap();
    test(Either::Blocking(client), copy);
}

#[test]
fn the_end_of_a_call_without_a_slot_changes_nothing() {
    let (limiter, now) = (LocalRateLimiter::new(), ClockReading::system());
    let key = RateLimitKey::new(tim_follow::SdkAppId(1), "follow_add", 1);
    limiter.on_response(key, Waiter::default(), now);
    limiter.on_no_response(key, Waiter::default(), Some(now));
    limiter.cancel(key, Waiter::default());
    let granted = limiter.acquire(key, &mut Waiter::default(), now);
    assert!(matches!(granted, Acquire::Granted), "{granted:?}");
}

#[test]
fn commands_are_counted_apart() {
    with_each(
        limited,
        || MockTransport::new((0..3).map(|_| ok())),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            add(&client).unwrap();
            client.send(follow::Delete::new("alice", ["bob"])).unwrap();
            assert_eq!(elapsed(&script, start), Duration::ZERO);
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW);
        },
    );
}

#[test]
fn a_retry_waits_for_the_rate_limiter_too() {
    with_each(
        limited,
        || MockTransport::new([broken(TransportErrorKind::Lost), ok()]),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            add(&client).unwrap();
            assert!(elapsed(&script, start) >= WINDOW);
        },
    );
}

#[test]
fn a_slot_beyond_the_deadline_is_an_error_and_the_waiter_is_cancelled() {
    with_each(
        limited,
        || MockTransport::new([ok(), ok()]),
        |client, script| {
            add(&client).unwrap();
            let start = BlockingTransport::now(&script).instant;
            // At the deadline, no time is left to send the request.
            for deadline in [Duration::from_millis(500), WINDOW] {
                let error = add(&client.with_limits(Limits::default().deadline(deadline))).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::RateLimited { wait, .. } if *wait == WINDOW), "{error}");
                assert_eq!((error.attempts(), script.requests().len()), (0, 1));
            }
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), WINDOW, "no call waits for the one that failed");
        },
    );
}

#[test]
fn calls_without_a_limit_never_wait() {
    let script = || MockTransport::new((0..1000).map(|_| ok()));
    with_both(&config().rate_limiter(Arc::new(Unlimited)), script, |client, script| {
        let start = BlockingTransport::now(&script).instant;
        (0..1000).for_each(|_| add(&client).unwrap());
        assert_eq!(elapsed(&script, start), Duration::ZERO);
    });
}

#[test]
fn throttling_slows_the_next_calls_down() {
    for throttled in [|| code(60007), || Ok(Response::new(429, ""))] {
        let script = || MockTransport::new([throttled(), throttled()].into_iter().chain((0..200).map(|_| ok())));
        with_each(config, script, |client, script| {
            add(&client).unwrap();
            let start = BlockingTransport::now(&script).instant;
            (0..199).for_each(|_| add(&client).unwrap());
            assert_eq!(elapsed(&script, start), WINDOW, "170 at once after a second, the others after the window");
        });
    }
}

/// A transport on which waiting never ends.
#[derive(Debug)]
struct Stuck(MockTransport);

#[async_trait]
impl Transport for Stuck {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        Transport::send(&self.0, request).await
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }

    fn now(&self) -> ClockReading {
        Transport::now(&self.0)
    }
}

#[test]
fn a_dropped_call_is_cancelled() {
    let script = MockTransport::new([ok(), ok()]);
    let config = limited();
    let stuck = Client::with_transport(config.clone(), Arc::new(Stuck(script.clone()))).unwrap();
    block_on(stuck.send(follow::Add::new("alice", ["bob"]))).unwrap();
    {
        let mut call = pin!(stuck.send(follow::Add::new("alice", ["bob"])));
        let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "it waits for a slot");
    }
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let start = BlockingTransport::now(&script).instant;
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), WINDOW);
}

#[test]
fn a_call_without_a_response_counts_from_its_end() {
    with_each(
        limited,
        || MockTransport::new([broken(TransportErrorKind::Timeout), ok()]).latency(100 * MS),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            let once = client.with_limits(Limits::default().max_attempts(1));
            add(&once).unwrap_err();
            add(&client).unwrap();
            assert_eq!(elapsed(&script, start), 100 * MS + WINDOW + 100 * MS);
        },
    );
}

/// The round trip is known, and a response counts the call from when it arrived at the service.
#[test]
fn a_call_without_a_response_counts_from_its_end_after_others_too() {
    let script = || MockTransport::new([ok(), ok(), broken(TransportErrorKind::Lost), ok()]).latency(100 * MS);
    with_each(limited, script, |client, script| {
        let once = client.with_limits(Limits::default().max_attempts(1));
        let start = BlockingTransport::now(&script).instant;
        let ends: Vec<_> = (0..4)
            .map(|_| {
                let _ = add(&once);
                elapsed(&script, start)
            })
            .collect();
        assert_eq!(ends[2] - ends[1], WINDOW, "a window from when the second call arrived");
        assert_eq!(ends[3] - ends[2], WINDOW + 100 * MS);
    });
}

/// A transport on which responses never come.
#[derive(Debug)]
struct Silent(MockTransport);

#[async_trait]
impl Transport for Silent {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        std::future::pending().await
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }

    fn now(&self) -> ClockReading {
        Transport::now(&self.0)
    }
}

#[test]
fn a_call_that_is_dropped_in_flight_counts_from_then_on() {
    let script = MockTransport::new([ok()]);
    let config = limited();
    let silent = Client::with_transport(config.clone(), Arc::new(Silent(script.clone()))).unwrap();
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    {
        let mut call = Box::pin(silent.send(follow::Add::new("alice", ["bob"])));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        script.advance(500 * MS);
    }
    let start = BlockingTransport::now(&script).instant;
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), WINDOW);
}

#[test]
fn a_call_in_flight_keeps_its_slot_for_fifteen_seconds() {
    let script = MockTransport::new([ok()]);
    let config = limited();
    let silent = Client::with_transport(config.clone(), Arc::new(Silent(script.clone()))).unwrap();
    let client = Client::with_transport(config, Arc::new(script.clone())).unwrap();
    let start = BlockingTransport::now(&script).instant;
    let mut call = Box::pin(silent.send(follow::Add::new("alice", ["bob"])));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap();
    assert_eq!(elapsed(&script, start), 15_000 * MS + WINDOW);
}

/// A rate limiter whose result depends on how often the call has asked.
#[derive(Debug)]
struct Scripted(fn(u64) -> Acquire);

impl RateLimiter for Scripted {
    fn acquire(&self, _: RateLimitKey<'_>, waiter: &mut Waiter, _: ClockReading) -> Acquire {
        let count = waiter.0.get_or_insert(0);
        *count += 1;
        (self.0)(*count)
    }

    fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

    fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
}

fn scripted(acquire: fn(u64) -> Acquire) -> Config {
    config().rate_limiter(Arc::new(Scripted(acquire)))
}

#[test]
fn a_call_waits_until_it_is_notified() {
    let acquire = |count| {
        let (notifier, pending) = Pending::new();
        match count {
            1 => notifier.notify(),
            // Dropping it notifies too.
            2 => drop(notifier),
            _ => return Acquire::Granted,
        }
        Acquire::Pending(pending)
    };
    with_each(|| scripted(acquire), || MockTransport::new([ok()]), |client, _| add(&client).unwrap());
}

#[test]
fn a_call_that_is_never_notified_ends_with_the_deadline() {
    let never = |_| {
        let (notifier, pending) = Pending::new();
        std::mem::forget(notifier);
        Acquire::Pending(pending)
    };
    let script = MockTransport::new([ok()]);
    let start = BlockingTransport::now(&script).instant;
    let client = Client::with_transport(scripted(never), Arc::new(script.clone())).unwrap();
    let error = block_on(client.send(follow::Add::new("alice", ["bob"]))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline), "{error}");
    assert_eq!((elapsed(&script, start), error.attempts()), (Limits::default().deadline, 0));
}

#[test]
fn no_call_is_sent_while_the_rate_limiter_is_unavailable() {
    with_each(
        || scripted(|_| unavailable_for_a_second()),
        || MockTransport::new([ok()]),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            let error = add(&client).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::LimiterUnavailable { reason, .. } if reason == "no route"),
                "{error}"
            );
            assert!(error.is_retryable() && error.attempts() == 0);
            assert_eq!(elapsed(&script, start), Limits::default().deadline - Duration::from_secs(1));
        },
    );
    let back = |count| if count < 3 { unavailable_for_a_second() } else { Acquire::Granted };
    with_each(|| scripted(back), || MockTransport::new([ok()]), |client, _| add(&client).unwrap());
}

fn unavailable_for_a_second() -> Acquire {
    Acquire::Unavailable { reason: "no route".to_owned(), retry_after: Duration::from_secs(1) }
}
