//! Values at the ends of their ranges: nothing panics and nothing hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;
use tim_follow::follow::Check;
use tim_follow::transport::{
    BlockingTransport, ClockReading, MockTransport, Request, Response, TransportError, TransportErrorKind,
};
use tim_follow::{Client, ErrorKind, Limits, Transport, blocking, follow};

use crate::clients::{broken, code, config, ok, with_both};
use crate::service::{Faults, Service};

fn add() -> follow::Add {
    follow::Add::new("alice", ["bob"])
}

/// The largest limits.
fn endless() -> Limits {
    Limits::default()
        .max_attempts(u32::MAX)
        .attempt_timeout(Duration::MAX)
        .deadline(Duration::MAX)
        .initial_backoff(Duration::MAX)
        .max_response_bytes(u64::MAX)
}

#[test]
fn a_huge_retry_after_ends_the_call() {
    for wait in ["18446744073709551615", "99999999999999999999999999"] {
        for status in [429, 503] {
            let busy = || MockTransport::new([Ok(Response::new(status, "").retry_after(Some(wait))), ok()]);
            for limits in [Limits::default(), endless()] {
                with_both(&config().limits(limits), busy, |client, script| {
                    let error = client.send(add()).unwrap_err();
                    assert!(matches!(error.kind(), ErrorKind::Http { status: s, .. } if *s == status), "{error}");
                    assert_eq!(script.requests().len(), 1, "{wait} {status}");
                });
            }
        }
    }
}

#[test]
fn huge_limits_are_reduced_to_documented_bounds() {
    let script = || MockTransport::new([broken(TransportErrorKind::Lost), code(60007), code(30006), ok()]);
    with_both(&config().limits(endless()), script, |client, script| {
        client.send(add()).unwrap();
        let request = &script.requests()[0];
        assert_eq!(request.time_limit(), Limits::MAX_TIME);
        assert_eq!(request.response_limit(), Limits::MAX_RESPONSE_BYTES);
    });
    let lost = || MockTransport::new((0..1000).map(|_| code(30006)));
    with_both(&config().limits(endless()), lost, |client, script| {
        assert_eq!(client.send(add()).unwrap_err().attempts(), Limits::MAX_ATTEMPTS);
        assert_eq!(script.requests().len(), Limits::MAX_ATTEMPTS as usize);
    });
}

/// A transport whose clock can be set to the end of time.
#[derive(Debug, Clone)]
struct Clock(MockTransport, Arc<AtomicBool>);

impl BlockingTransport for Clock {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        BlockingTransport::send(&self.0, request)
    }

    fn sleep(&self, time: Duration) {
        BlockingTransport::sleep(&self.0, time);
    }

    fn now(&self) -> ClockReading {
        let now = BlockingTransport::now(&self.0);
        let unix = if self.1.load(Ordering::Relaxed) { u64::MAX } else { now.unix };
        ClockReading { unix, ..now }
    }
}

#[async_trait]
impl Transport for Clock {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        BlockingTransport::send(self, request)
    }

    async fn sleep(&self, time: Duration) {
        BlockingTransport::sleep(self, time);
    }

    fn now(&self) -> ClockReading {
        BlockingTransport::now(self)
    }
}

#[test]
fn a_call_at_the_end_of_time_has_no_signature() {
    let clock = || Clock(MockTransport::new([ok(), ok()]), Arc::default());
    with_both(&config(), clock, |client, clock| {
        client.send(add()).unwrap();
        clock.1.store(true, Ordering::Relaxed);
        let error = client.send(add()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Signing(_)), "{error}");
        assert_eq!(clock.0.requests().len(), 1);
    });
}

#[test]
fn a_batch_with_huge_limits_ends() {
    let targets = || (0..250).map(|number| format!("user-{number}"));
    for in_flight in [0, usize::MAX / 2 + 1, usize::MAX] {
        let service = || Service::new(Faults { transient: 30, missing: 10, ..Faults::default() }, 1);
        with_both(&Service::config().limits(endless()), service, |client, _| {
            assert_eq!(client.batch(Check::template("alice"), targets(), in_flight).items.len(), 250);
        });
    }
}

#[test]
fn a_batch_takes_a_bounded_number_of_targets_in() {
    let taken = std::cell::Cell::new(0);
    let endless = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        format!("user-{}", taken.get())
    });
    let client = Client::with_transport(Service::config(), Arc::new(Service::new(Faults::default(), 1))).unwrap();
    let mut outcomes = client.batch(Check::template("alice"), endless).in_flight(usize::MAX);
    assert!(block_on(outcomes.next()).is_some());
    assert_eq!(taken.get(), 2 * 1000 * 100, "two rounds of 1000 calls");
}

#[test]
fn a_validity_beyond_all_bounds_is_an_error_or_works() {
    for validity in [Duration::ZERO, Duration::MAX] {
        let config = config().validity(validity);
        if let Ok(client) = blocking::Client::with_transport(config, Arc::new(MockTransport::new([ok()]))) {
            client.send(add()).unwrap();
        }
    }
}

#[test]
fn a_mock_that_sleeps_forever_does_not_panic() {
    let script = MockTransport::new([]);
    for _ in 0..3 {
        BlockingTransport::sleep(&script, Duration::MAX);
        BlockingTransport::now(&script);
    }
}

/// Real backends; nothing listens at this address.
#[cfg(feature = "ureq")]
#[test]
fn huge_timeouts_of_the_blocking_backend() {
    let mut options = tim_follow::transport::Options::default();
    options.connect_timeout = Duration::MAX;
    options.idle_connections = usize::MAX;
    let config = config().base_url("http://127.0.0.1:1").transport(options).limits(endless().max_attempts(1));
    let error = blocking::Client::new(config).unwrap().send(add()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Transport(error) if error.kind() == TransportErrorKind::Connect),
        "{error}"
    );
}
