//! The retry budget of a client: costs, refunds, and calls without tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pollster::block_on;
use tim_follow::follow::{Add, Check};
use tim_follow::transport::{ClockReading, MockTransport, Response, TransportErrorKind};
use tim_follow::{
    Acquire, BatchReport, Client, Config, Error, Limits, Outcome, RateLimitKey, RateLimiter, Unlimited, Waiter,
    blocking,
};

use crate::clients::{Either, Scripted, broken, code, config, ok, with_both};
use crate::service::{Faults, Service};

fn budget(tokens: impl Into<Option<u32>>) -> Config {
    config().rate_limiter(Arc::new(Unlimited)).retry_budget(tokens)
}

fn lost() -> Scripted {
    broken(TransportErrorKind::Lost)
}

fn add(client: &Either) -> Result<(), Error> {
    client.send(Add::new("alice", ["bob"])).map(drop)
}

/// How many requests a call made, and whether it ended because the budget was empty.
fn ends(client: &Either, script: &MockTransport) -> (usize, bool) {
    let before = script.requests().len();
    let error = add(client).unwrap_err();
    (script.requests().len() - before, error.is_retry_budget_empty())
}

#[test]
fn a_retry_costs_5_and_a_call_without_tokens_ends_with_its_last_error() {
    let script = || MockTransport::new((0..10).map(|_| lost()));
    with_both(&budget(10), script, |client, script| {
        assert_eq!(ends(&client, &script), (3, true));
        assert_eq!(ends(&client, &script), (1, true));
        let text = add(&client).unwrap_err().to_string();
        assert!(text.starts_with("follow_add: the connection broke: scripted"), "{text}");
        assert!(text.contains("; not retried: the retry budget of this client is empty"), "{text}");
    });
}

#[test]
fn a_call_that_is_rejected_and_retried_gets_nothing_back() {
    let script = || MockTransport::new((0..4).map(|_| code(30006)));
    with_both(&budget(10), script, |client, script| assert_eq!(ends(&client, &script), (3, true)));
    let script = || MockTransport::new([lost(), code(70001), lost(), lost()]);
    with_both(&budget(5), script, |client, script| assert_eq!(ends(&client, &script), (3, true)));
}

#[test]
fn a_call_that_used_all_its_attempts_does_not_blame_the_budget() {
    let script = || MockTransport::new((0..4).map(|_| lost()));
    with_both(&budget(15), script, |client, script| assert_eq!(ends(&client, &script), (4, false)));
}

#[test]
fn a_retry_after_a_timeout_costs_10() {
    let script = || MockTransport::new((0..9).map(|_| broken(TransportErrorKind::Timeout)));
    with_both(&budget(25), script, |client, script| assert_eq!(ends(&client, &script), (3, true)));
}

#[test]
fn throttled_calls_and_a_new_signature_cost_nothing() {
    let throttled = || Ok(Response::new(429, ""));
    let script = || MockTransport::new([throttled(), code(60007), code(70001), ok()]);
    with_both(&budget(0), script, |client, _| add(&client).unwrap());
}

#[test]
fn a_retry_that_succeeds_or_is_rejected_gets_its_cost_back() {
    let script = || MockTransport::new((0..20).flat_map(|_| [lost(), ok()]));
    with_both(&budget(5), script, |client, _| (0..20).for_each(|_| add(&client).unwrap()));
    let script = || MockTransport::new((0..20).flat_map(|_| [lost(), code(30003)]));
    with_both(&budget(5), script, |client, script| {
        (0..20).for_each(|_| assert_eq!(ends(&client, &script), (2, false)));
    });
}

/// Grants every other slot, so the first request of each call is sent and its retry is not.
#[derive(Debug, Default)]
struct NoRetries(AtomicBool);

impl RateLimiter for NoRetries {
    fn acquire(&self, _: RateLimitKey<'_>, _: &mut Waiter, _: ClockReading) -> Acquire {
        if self.0.fetch_xor(true, Ordering::Relaxed) {
            Acquire::RetryAfter(Duration::from_secs(3600))
        } else {
            Acquire::Granted
        }
    }

    fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

    fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
}

/// The retry is paid for when it is sent, not when it is planned.
#[test]
fn a_retry_that_is_not_sent_costs_nothing() {
    let script = || MockTransport::new((0..10).map(|_| lost()));
    with_both(&budget(5).rate_limiter(Arc::new(NoRetries::default())), script, |client, script| {
        (0..10).for_each(|_| assert_eq!(ends(&client, &script), (1, false)));
    });
}

#[test]
fn a_second_expired_signature_is_a_rejection_that_refunds_the_cost() {
    let script = || MockTransport::new((0..5).flat_map(|_| [lost(), code(70001), code(70001)]));
    with_both(&budget(5), script, |client, script| {
        (0..5).for_each(|_| assert_eq!(ends(&client, &script), (3, false)));
    });
}

#[test]
fn each_call_that_succeeds_at_once_adds_one_token_up_to_the_capacity() {
    let script =
        || MockTransport::new([lost(), lost()].into_iter().chain((0..20).map(|_| ok())).chain((0..9).map(|_| lost())));
    with_both(&budget(5), script, |client, script| {
        assert_eq!(ends(&client, &script), (2, true));
        (0..20).for_each(|_| add(&client).unwrap());
        assert_eq!(ends(&client, &script), (2, true));
        assert_eq!(ends(&client, &script), (1, true));
    });
}

#[test]
fn the_default_is_500_and_none_switches_it_off() {
    let script = || MockTransport::new((0..2000).map(|_| lost()));
    with_both(&config().rate_limiter(Arc::new(Unlimited)), script, |client, script| {
        (0..50).for_each(|_| drop(add(&client)));
        assert_eq!(script.requests().len(), 50 + 100, "500 tokens are 100 retries");
    });
    with_both(&budget(None), script, |client, script| {
        (0..50).for_each(|_| drop(add(&client)));
        assert_eq!(script.requests().len(), 50 * 4);
    });
}

#[test]
fn a_client_shares_its_budget_with_its_clones_only() {
    let config = budget(5);
    let script = || MockTransport::new((0..9).map(|_| lost()));
    with_both(&config, script, |client, script| {
        assert_eq!(ends(&client, &script), (2, true));
        let copy = client.with_limits(Limits::default().deadline(Duration::from_secs(60)));
        assert_eq!(ends(&copy, &script), (1, true));
    });
}

#[test]
fn a_batch_stops_when_the_budget_is_empty() {
    let check = |report: BatchReport<_>, script: &MockTransport| {
        assert_eq!((report.unknown, report.not_attempted, script.requests().len()), (100, 150, 2));
        let reason = match &report.items[249].outcome {
            Outcome::NotAttempted { reason } => reason.to_string(),
            other => panic!("{other}"),
        };
        assert!(reason.contains("the retry budget of this client is empty"), "{reason}");
    };
    let targets = || (0..250).map(|number| format!("user-{number}"));
    let script = MockTransport::new((0..9).map(|_| lost()));
    let client = Client::with_transport(budget(5), Arc::new(script.clone())).unwrap();
    let mut outcomes = client.batch(Check::template("alice"), targets()).in_flight(1);
    let first = block_on(outcomes.next()).unwrap();
    assert!(outcomes.stopped_by().unwrap().is_retry_budget_empty());
    let mut report = BatchReport::from_iter([first]);
    report.extend(block_on(outcomes.collect()).items);
    check(report, &script);

    let script = MockTransport::new((0..9).map(|_| lost()));
    let client = blocking::Client::with_transport(budget(5), Arc::new(script.clone())).unwrap();
    check(client.batch(Check::template("alice"), targets()).in_flight(1).collect(), &script);
}

#[test]
fn retries_of_items_cost_nothing() {
    let service = Service::new(Faults { transient: 30, missing: 20, ..Faults::default() }, 1);
    let config = Service::config().retry_budget(0);
    let client = blocking::Client::with_transport(config, Arc::new(service.clone())).unwrap();
    let report: BatchReport<_> =
        client.batch(Check::template("alice"), (0..250).map(|number| format!("user-{number}"))).collect();
    assert!(report.is_complete() && service.calls().len() > 6);
}
