//! Batches: each target has exactly one outcome, in the order of the input, and `Done` only if the
//! service sent a result.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use pollster::block_on;
use proptest::prelude::*;
use tim_follow::follow::Check;
use tim_follow::transport::MockTransport;
use tim_follow::{BatchItem, BatchReport, Client, ErrorCode, ErrorKind, Limits, Outcome, blocking};

use crate::clients::{self, broken, code, config, elapsed};
use crate::service::{Faults, Service};

type Items = Vec<BatchItem<Check>>;

/// Sends the pairs with both clients, each to a new service, and checks the service and the
/// outcomes.
fn with_both(faults: Faults, seed: u64, pairs: &[(String, String)], check: impl Fn(&Service, Items)) {
    let service = || Service::new(faults, seed);
    clients::with_both(&Service::config(), service, |client, service| {
        check(&service, client.batch(Check::pairs(), pairs.to_vec(), 4).items);
    });
}

fn from_alice(targets: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    targets.into_iter().map(|target| ("alice".to_owned(), target)).collect()
}

fn users(count: usize) -> Vec<(String, String)> {
    from_alice((0..count).map(|number| format!("user-{number}")))
}

/// Checks that there is one outcome for each pair, in the order of the pairs.
fn assert_in_order(pairs: &[(String, String)], items: &Items) {
    let found: Vec<_> = items.iter().map(|item| (item.from.as_str(), item.target.as_str())).collect();
    let expected: Vec<_> = pairs.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    assert_eq!(found, expected);
}

fn assert_all_done(service: &Service, items: &Items) {
    for item in items {
        let relation = item.outcome.done().unwrap_or_else(|| panic!("{}: {}", item.target, item.outcome));
        assert_eq!(service.relation(item.from.as_str(), item.target.as_str()), Some(relation.0));
    }
}

#[test]
fn calls_are_as_full_as_the_command_allows() {
    let pairs = users(250);
    with_both(Faults::default(), 1, &pairs, |service, items| {
        assert_in_order(&pairs, &items);
        assert_all_done(service, &items);
        let mut sizes: Vec<_> = service.calls().iter().map(|(_, to)| to.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [50, 100, 100]);
        assert!(service.max_in_flight() <= 4);
    });
}

#[test]
fn a_repeated_target_is_sent_once_and_has_two_outcomes() {
    let pairs = from_alice(["bob", "carol", "bob", "bob"].map(str::to_owned));
    with_both(Faults::default(), 1, &pairs, |service, items| {
        assert_in_order(&pairs, &items);
        assert_all_done(service, &items);
        assert_eq!(service.calls(), [("alice".to_owned(), vec!["bob".to_owned(), "carol".to_owned()])]);
    });
}

#[test]
fn pairs_with_the_same_from_account_share_calls() {
    let pairs: Vec<_> = (0..300).map(|n| (format!("from-{}", n % 3), format!("to-{n}"))).collect();
    with_both(Faults::default(), 1, &pairs, |service, items| {
        assert_in_order(&pairs, &items);
        assert_all_done(service, &items);
        assert_eq!(service.calls().len(), 3);
    });
}

#[test]
fn only_transient_and_missing_items_are_retried() {
    let pairs = from_alice((0..100).map(|n| if n % 10 == 0 { format!("unknown-{n}") } else { format!("user-{n}") }));
    let faults = Faults { transient: 10, missing: 5, disorder: true, ..Faults::default() };
    with_both(faults, 7, &pairs, |service, items| {
        assert_in_order(&pairs, &items);
        for item in &items {
            match &item.outcome {
                Outcome::Done(_) => assert!(item.target.as_str().starts_with("user")),
                Outcome::Rejected(rejection) if item.target.as_str().starts_with("unknown") => {
                    assert_eq!(rejection.code, ErrorCode(30003));
                }
                other => panic!("{}: {other}", item.target),
            }
        }
        let calls = service.calls();
        assert!(calls.len() > 1 && calls[1..].iter().all(|(_, to)| to.len() < 30), "{calls:?}");
    });
}

#[test]
fn an_item_that_always_fails_is_retried_seven_times() {
    let pairs = users(2);
    with_both(Faults { transient: 100, ..Faults::default() }, 1, &pairs, |service, items| {
        assert!(items.iter().all(|item| matches!(&item.outcome, Outcome::Rejected(r) if r.code == ErrorCode(30006))));
        assert_eq!(service.calls().len(), 8);
    });
    with_both(Faults { missing: 100, ..Faults::default() }, 1, &pairs, |service, items| {
        assert!(items.iter().all(|item| matches!(item.outcome, Outcome::Unknown { reason: None })));
        assert_eq!(service.calls().len(), 8);
    });
}

/// The class of 30540 is `rate_limited`: each of the seven retries waits for a second and a
/// backoff.
#[test]
fn a_throttled_item_waits_like_a_throttled_call() {
    use tim_follow::transport::BlockingTransport;
    let response = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":30540}],"ErrorCode":0}"#;
    let script = MockTransport::texts([response; 9]);
    let client = blocking::Client::with_transport(config(), Arc::new(script.clone())).unwrap();
    let start = BlockingTransport::now(&script).instant;
    let report: BatchReport<Check> = client.batch(Check::template("alice"), ["bob"]).collect();
    assert_eq!((report.rejected, script.requests().len()), (1, 8));
    assert_eq!(elapsed(&script, start).as_millis(), 7 * 1000 + 200 + 400 + 800 + 4 * 1600);
}

#[test]
fn an_invalid_user_id_is_not_sent_and_does_not_affect_others() {
    let pairs = from_alice([String::new(), "bob".to_owned(), "x".repeat(33)]);
    with_both(Faults::default(), 1, &pairs, |service, items| {
        assert_in_order(&pairs, &items);
        let reason = |at: usize| match &items[at].outcome {
            Outcome::NotAttempted { reason } => reason.to_string(),
            other => panic!("{other}"),
        };
        assert_eq!(reason(0), "follow_check: not sent: To_Account[] is empty: a user id has 1 to 32 bytes");
        assert!(reason(2).contains("has 33 bytes"));
        assert!(items[1].outcome.done().is_some());
        assert_eq!(service.calls().len(), 1);
    });
}

#[test]
fn a_code_about_the_from_account_does_not_affect_other_calls() {
    let pairs: Vec<_> = (0..40).map(|n| (format!("from-{n}"), "bob".to_owned())).collect();
    with_both(Faults { rejected: 50, ..Faults::default() }, 3, &pairs, |_, items| {
        assert_in_order(&pairs, &items);
        let done = items.iter().filter(|item| item.outcome.done().is_some()).count();
        let rejected =
            items.iter().filter(|item| matches!(&item.outcome, Outcome::Rejected(r) if r.code.0 == 30003)).count();
        assert!(done > 0 && rejected > 0 && done + rejected == 40, "{done} {rejected}");
    });
}

/// Sends 250 targets with both clients, one call at a time and each call once, and checks the
/// report and the number of calls.
fn with_script(script: impl Fn() -> MockTransport, check: impl Fn(BatchReport<Check>, usize)) {
    let targets: Vec<_> = users(250).into_iter().map(|(_, to)| to).collect();
    clients::with_both(&config().limits(Limits::default().max_attempts(1)), script, |client, script| {
        let report = client.batch(Check::template("alice"), &targets, 1);
        check(report, script.requests().len());
    });
}

#[test]
fn a_fatal_code_of_a_call_stops_the_batch() {
    for fatal in [70009, 70050, 30002, 30004, 30005, 60010, 60026, 60028] {
        with_script(
            || MockTransport::new([code(fatal)]),
            |report, calls| {
                assert_eq!(
                    (report.done, report.rejected, report.not_attempted, report.unknown),
                    (0, 100, 150, 0),
                    "{fatal}"
                );
                assert!(!report.is_complete());
                assert_eq!(calls, 1);
            },
        );
    }
}

#[test]
fn a_batch_stops_when_the_certificate_of_no_host_is_trusted() {
    use tim_follow::transport::TransportErrorKind::{Certificate, Connect};
    let run = |backup: Option<&str>, kinds: [_; 2]| {
        let config = config().base_url("https://host").limits(Limits::default().max_attempts(2));
        let config = backup.into_iter().fold(config, |config, url| config.backup_url(url));
        let script = MockTransport::new(kinds.map(broken).into_iter().chain([code(30003), code(30003)]));
        let client = blocking::Client::with_transport(config, Arc::new(script.clone())).unwrap();
        let targets = users(250).into_iter().map(|(_, to)| to);
        let report: BatchReport<Check> = client.batch(Check::template("alice"), targets).in_flight(1).collect();
        (report.not_attempted, report.rejected, script.requests().len())
    };
    assert_eq!(run(None, [Certificate, Connect]), (250, 0, 1));
    assert_eq!(run(Some("https://backup"), [Certificate, Certificate]), (250, 0, 2));
    assert_eq!(run(Some("https://backup"), [Certificate, Connect]), (100, 150, 4));
    assert_eq!(run(Some("https://backup"), [Connect, Certificate]), (100, 150, 4));
}

/// The last target comes in after the batch stopped. An equal target was in the rejected call.
#[test]
fn a_target_that_was_sent_before_the_batch_stopped_shares_its_outcome() {
    let targets = || (0..200).map(|number| format!("user-{number}")).chain(["user-50".to_owned()]);
    let config = config().limits(Limits::default().max_attempts(1));
    let script = MockTransport::new([code(70009)]);
    let client = blocking::Client::with_transport(config, Arc::new(script)).unwrap();
    let report: BatchReport<Check> = client.batch(Check::template("alice"), targets()).in_flight(1).collect();
    assert_eq!((report.rejected, report.not_attempted), (101, 100));
    assert!(matches!(&report.items[200].outcome, Outcome::Rejected(rejection) if rejection.code.0 == 70009));
}

#[test]
fn a_fatal_code_of_an_item_rejects_only_that_item() {
    for code in [30002, 30004, 70009] {
        let items = format!(
            r#"{{"ResultItem":[{{"To_Account":"user-0","ResultCode":{code}}},
               {{"To_Account":"user-1","ResultCode":0,"FollowType":3}}],"ErrorCode":0}}"#
        );
        let next = r#"{"ResultItem":[{"To_Account":"user-2","ResultCode":0,"FollowType":3}],"ErrorCode":0}"#;
        let script = MockTransport::texts([items, next.to_owned()]);
        let client = blocking::Client::with_transport(config(), Arc::new(script)).unwrap();
        let pairs = [("a", "user-0"), ("a", "user-1"), ("b", "user-2")];
        let report: BatchReport<Check> = client.batch(Check::pairs(), pairs).in_flight(1).collect();
        assert!(matches!(&report.items[0].outcome, Outcome::Rejected(r) if r.code.0 == code));
        assert_eq!((report.done, report.rejected), (2, 1), "{code}");
    }
}

#[test]
fn a_stopped_batch_retries_no_item() {
    let service = Service::new(Faults { transient: 100, ..Faults::default() }, 1);
    let client = Client::with_transport(Service::config(), Arc::new(service.clone())).unwrap();
    let mut outcomes = client.batch(Check::template("alice"), ["bob"]);
    while service.max_in_flight() == 0 {
        let polled = pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    outcomes.stop();
    let item = block_on(outcomes.next()).unwrap();
    assert!(matches!(&item.outcome, Outcome::Rejected(rejection) if rejection.code.0 == 30006), "{}", item.outcome);
    assert_eq!(service.calls().len(), 1);
}

#[test]
fn a_target_whose_retry_is_lost_is_unknown_and_names_the_earlier_code() {
    use tim_follow::transport::{Response, TransportErrorKind};
    let item = |code| format!(r#"{{"ResultItem":[{{"To_Account":"bob","ResultCode":{code}}}],"ErrorCode":0}}"#);
    let outcome = |then: TransportErrorKind| {
        let script = MockTransport::new([Ok(Response::new(200, item(30006))), broken(then)]);
        let config = config().limits(Limits::default().max_attempts(1));
        let client = blocking::Client::with_transport(config, Arc::new(script)).unwrap();
        client.batch(Check::template("alice"), ["bob"]).next().unwrap().outcome
    };
    let lost = outcome(TransportErrorKind::Lost).to_string();
    assert!(lost.starts_with("result unknown: follow_check: the connection broke"), "{lost}");
    assert!(lost.contains("an earlier request was rejected with 30006"), "{lost}");
    for unsent in [TransportErrorKind::Connect, TransportErrorKind::Certificate] {
        assert!(matches!(outcome(unsent), Outcome::Rejected(rejection) if rejection.code.0 == 30006), "{unsent}");
    }
}

#[test]
fn different_results_for_a_target_are_unknown_and_equal_results_count_as_one() {
    let outcome = |second: &str| {
        let text = format!(
            r#"{{"ResultItem":[{{"To_Account":"bob","ResultCode":0,"FollowType":3}},{second}],"ErrorCode":0}}"#
        );
        let client = blocking::Client::with_transport(config(), Arc::new(MockTransport::texts([text]))).unwrap();
        client.batch(Check::template("alice"), ["bob"]).next().unwrap().outcome
    };
    for different in [
        r#"{"To_Account":"bob","ResultCode":30003}"#,
        r#"{"To_Account":"bob","ResultCode":0,"FollowType":1}"#,
        r#"{"To_Account":"bob","ResultCode":30006}"#,
    ] {
        let outcome = outcome(different);
        assert!(
            matches!(&outcome, Outcome::Unknown { reason: Some(reason) }
            if matches!(reason.kind(), ErrorKind::ContradictingItems)),
            "{outcome}"
        );
    }
    assert!(outcome(r#"{"To_Account":"bob","ResultCode":0,"FollowType":3}"#).done().is_some());
}

#[test]
fn targets_of_a_call_without_a_response_are_unknown_and_the_batch_continues() {
    use tim_follow::transport::TransportErrorKind;
    with_script(
        || MockTransport::new([broken(TransportErrorKind::Lost), code(30003), broken(TransportErrorKind::TooLong)]),
        |report, calls| {
            assert_eq!((report.done, report.rejected, report.not_attempted, report.unknown), (0, 100, 0, 150));
            assert!(matches!(&report.items[0].outcome, Outcome::Unknown { reason: Some(reason) }
            if matches!(reason.kind(), ErrorKind::Transport(_))));
            assert_eq!(calls, 3);
        },
    );
}

#[test]
fn targets_of_a_call_without_a_connection_are_not_attempted() {
    use tim_follow::transport::TransportErrorKind::{Connect, Lost};
    with_script(
        || MockTransport::new([Connect, Lost, Connect].map(broken)),
        |report, calls| {
            assert_eq!((report.not_attempted, report.unknown, calls), (150, 100, 3));
        },
    );
    for (kinds, reached) in [([Connect, Connect], false), ([Lost, Connect], true), ([Connect, Lost], true)] {
        let config = config().limits(Limits::default().max_attempts(2));
        let client = blocking::Client::with_transport(config, Arc::new(MockTransport::new(kinds.map(broken)))).unwrap();
        let error = client.send(Check::new("alice", ["bob"])).unwrap_err();
        assert_eq!((error.attempts(), error.may_have_reached_service()), (2, reached), "{kinds:?}");
    }
}

#[test]
fn targets_are_taken_when_they_are_needed() {
    let taken = Cell::new(0);
    let endless = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        format!("user-{}", taken.get())
    });
    let service = Service::new(Faults::default(), 1);
    let client = blocking::Client::with_transport(Service::config(), Arc::new(service)).unwrap();
    assert_eq!(client.batch(Check::template("alice"), endless).in_flight(2).take(1000).count(), 1000);
    assert!(taken.get() <= 1000 + 2 * 2 * 100, "{}", taken.get());
}

#[test]
fn a_dropped_future_loses_no_outcome() {
    let service = Service::new(Faults::default(), 1);
    let client = Client::with_transport(Service::config(), Arc::new(service.clone())).unwrap();
    let mut outcomes = client.batch(Check::template("alice"), users(250).into_iter().map(|(_, to)| to));
    let mut count = 0;
    loop {
        let polled = pin!(outcomes.next()).poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            std::task::Poll::Pending => {}
            std::task::Poll::Ready(Some(item)) => {
                assert_eq!(item.target.as_str(), format!("user-{count}"));
                count += 1;
            }
            std::task::Poll::Ready(None) => break,
        }
    }
    assert_eq!((count, service.calls().len()), (250, 3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_target_has_one_outcome_that_agrees_with_the_service(
        pairs in proptest::collection::vec((0..5_u8, 0..60_u16), 0..400),
        (lost, rejected, transient, missing) in (0..60_u8, 0..30_u8, 0..60_u8, 0..40_u8),
        (disorder, seed) in (any::<bool>(), any::<u64>()),
    ) {
        let name = |n: u16| match n {
            0 => String::new(),
            1..=5 => format!("unknown-{n}"),
            _ => format!("user-{n}"),
        };
        let pairs: Vec<_> = pairs.into_iter().map(|(from, to)| (format!("from-{from}"), name(to))).collect();
        let faults = Faults { lost, rejected, transient, missing, disorder };
        with_both(faults, seed, &pairs, |service, items| {
            assert_in_order(&pairs, &items);
            for item in &items {
                let (from, to) = (item.from.as_str(), item.target.as_str());
                match &item.outcome {
                    Outcome::Done(relation) => assert_eq!(service.relation(from, to), Some(relation.0)),
                    Outcome::NotAttempted { .. } => assert_eq!(to, ""),
                    _ => {}
                }
            }
        });
    }
}
