//! The limits of a call: attempts, time and size.

use std::time::Duration;

use tim_follow::transport::{BlockingTransport, MockTransport, Response, TransportErrorKind};
use tim_follow::{ErrorCode, ErrorKind, Limits, follow};

use crate::clients::{broken, code, config, elapsed, ok, with_both};

fn request() -> follow::Add {
    follow::Add::new("alice", ["bob"])
}

#[test]
fn a_call_that_never_succeeds_ends_after_four_attempts() {
    with_both(
        &config(),
        || MockTransport::new((0..10).map(|_| code(60007))),
        |client, script| {
            let error = client.send(request()).unwrap_err();
            assert_eq!((error.code(), error.attempts(), script.requests().len()), (Some(ErrorCode(60007)), 4, 4));
            assert!(error.to_string().ends_with("[https://adminapisgp.im.qcloud.com, 4 attempts]"), "{error}");
        },
    );
}

#[test]
fn a_success_after_faults_is_a_success() {
    with_both(
        &config(),
        || MockTransport::new([code(30006), code(30006), ok()]),
        |client, script| {
            client.send(request()).unwrap();
            assert_eq!(script.requests().len(), 3);
        },
    );
}

#[test]
fn with_one_attempt_nothing_is_retried() {
    let once = config().limits(Limits::default().max_attempts(1));
    for outcome in [|| code(30006), || code(70001), || broken(TransportErrorKind::Connect)] {
        with_both(
            &once,
            || MockTransport::new([outcome(), ok()]),
            |client, script| {
                assert_eq!(client.send(request()).unwrap_err().attempts(), 1);
                assert_eq!(script.requests().len(), 1);
            },
        );
    }
}

#[test]
fn no_attempts_count_as_one() {
    with_both(
        &config().limits(Limits::default().max_attempts(0)),
        || MockTransport::new([ok()]),
        |client, script| {
            client.send(request()).unwrap();
            assert_eq!(script.requests().len(), 1);
        },
    );
}

#[test]
fn an_attempt_ends_at_the_deadline() {
    let limits = Limits::default().max_attempts(10).deadline(Duration::from_secs(12));
    let silent = || MockTransport::new([]).latency(Duration::from_secs(60));
    with_both(&config().limits(limits), silent, |client, script| {
        let start = BlockingTransport::now(&script).instant;
        let error = client.send(request()).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Transport(error) if error.kind() == TransportErrorKind::Timeout),
            "{error}"
        );
        let timeouts: Vec<_> = script.requests().iter().map(|request| request.time_limit()).collect();
        assert_eq!(timeouts[..2], [Duration::from_secs(5); 2]);
        assert!(timeouts[2] <= Duration::from_secs(2), "{timeouts:?}");
        assert_eq!(timeouts.len(), 3);
        assert!(elapsed(&script, start) <= Duration::from_secs(12));
    });
}

/// As the docs of `Limits` say.
#[test]
fn with_the_defaults_a_call_ends_within_20_seconds() {
    let silent = || MockTransport::new([]).latency(Duration::from_secs(60));
    with_both(&config(), silent, |client, script| {
        let start = BlockingTransport::now(&script).instant;
        assert!(client.send(request()).is_err());
        assert!(elapsed(&script, start) <= Duration::from_secs(20));
        assert!(script.requests().len() <= 4);
    });
}

#[test]
fn a_call_does_not_wait_beyond_its_deadline() {
    let busy = || Ok(Response::new(503, "").retry_after(Some("30")));
    with_both(
        &config(),
        || MockTransport::new([busy(), ok()]),
        |client, script| {
            let start = BlockingTransport::now(&script).instant;
            let error = client.send(request()).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Http { status: 503, .. }),
                "the error of the last attempt: {error}"
            );
            assert_eq!(elapsed(&script, start), Duration::ZERO);
        },
    );
}

#[test]
fn with_a_deadline_of_zero_nothing_is_sent() {
    with_both(
        &config().limits(Limits::default().deadline(Duration::ZERO)),
        || MockTransport::new([ok()]),
        |client, script| {
            let error = client.send(request()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Deadline), "{error}");
            assert_eq!((error.attempts(), script.requests().len()), (0, 0));
        },
    );
}

#[test]
fn single_calls_can_have_other_limits() {
    with_both(
        &config(),
        || MockTransport::new([code(30006), ok(), code(30006), ok()]),
        |client, script| {
            let once = client.with_limits(
                Limits::default().max_attempts(1).max_response_bytes(7).attempt_timeout(Duration::from_secs(4)),
            );
            assert!(once.send(request()).is_err());
            let sent = &script.requests()[0];
            assert_eq!((sent.response_limit(), sent.time_limit()), (7, Duration::from_secs(4)));
            client.send(request()).unwrap();
            client.send(request()).unwrap();
        },
    );
}

#[test]
fn a_call_by_name_is_retried_too() {
    with_both(
        &config(),
        || MockTransport::new([code(30006), broken(TransportErrorKind::Lost), code(30001)]),
        |client, script| {
            assert_eq!(client.call("sns", "friend_check", "{}").unwrap().envelope.code, ErrorCode(30001));
            assert_eq!(script.requests().len(), 3);
        },
    );
    with_both(
        &config(),
        || MockTransport::new((0..4).map(|_| code(30006))),
        |client, _| {
            assert_eq!(client.call("sns", "friend_check", "{}").unwrap().envelope.code, ErrorCode(30006));
        },
    );
    let lost_at_last = || MockTransport::new([code(30006), code(30006), code(30006), broken(TransportErrorKind::Lost)]);
    with_both(&config(), lost_at_last, |client, _| {
        let error = client.call("sns", "friend_check", "{}").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error}");
    });
}
