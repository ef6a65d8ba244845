//! The decision table of docs/calls.md, row by row and pair by pair, for every command and both
//! clients.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tim_follow::transport::{BlockingTransport, MockTransport, Response, TransportErrorKind};
use tim_follow::{Command, Endpoint, Error, ErrorKind, EventKind};

use crate::clients::{Either, Scripted, broken, code, config, elapsed, hosts, ok, with_both};
use crate::commands::Kick;

/// What the table says about an outcome.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// The result of the call.
    Done,
    /// The call is over with this error.
    GiveUp,
    /// A retry after at least this long.
    Retry(Duration),
    /// A retry at the other host after a wait.
    OtherHost,
    /// As `OtherHost`, and this host is not used again. Without another host, the call is over.
    LeaveHost,
    /// A retry with a new signature at once, the first time.
    RefreshSignature,
}

/// An outcome: its name, what is scripted for it, what the table says.
type Row = (&'static str, fn() -> Scripted, Then);

const RETRY: Then = Then::Retry(Duration::ZERO);
const SLOWER: Then = Then::Retry(Duration::from_secs(1));

const ROWS: &[Row] = &[
    ("done", ok, Then::Done),
    ("connection never made", || broken(TransportErrorKind::Connect), Then::OtherHost),
    ("certificate not trusted", || broken(TransportErrorKind::Certificate), Then::LeaveHost),
    ("connection lost", || broken(TransportErrorKind::Lost), RETRY),
    ("timed out", || broken(TransportErrorKind::Timeout), RETRY),
    ("response too long", || broken(TransportErrorKind::TooLong), Then::GiveUp),
    ("bad URL", || broken(TransportErrorKind::Setup), Then::GiveUp),
    ("HTTP 500", || Ok(Response::new(500, "")), RETRY),
    ("HTTP 502 with HTML", || Ok(Response::new(502, "<html>")), RETRY),
    (
        "HTTP 503 with Retry-After",
        || Ok(Response::new(503, "").retry_after(Some("3"))),
        Then::Retry(Duration::from_secs(3)),
    ),
    (
        "HTTP 503 with a date to retry at",
        || {
            let response = Response::new(503, "").retry_after(Some("Fri, 20 Nov 2026 00:00:07 GMT"));
            Ok(response.date(Some("Fri, 20 Nov 2026 00:00:03 GMT")))
        },
        Then::Retry(Duration::from_secs(4)),
    ),
    (
        "HTTP 429 with a date that has passed",
        || Ok(Response::new(429, "").retry_after(Some("Fri, 20 Nov 2020 00:00:07 GMT"))),
        SLOWER,
    ),
    ("HTTP 408", || Ok(Response::new(408, "")), RETRY),
    ("HTTP 429", || Ok(Response::new(429, "")), SLOWER),
    (
        "HTTP 429 with Retry-After",
        || Ok(Response::new(429, "").retry_after(Some("2"))),
        Then::Retry(Duration::from_secs(2)),
    ),
    ("HTTP 404", || Ok(Response::new(404, "")), Then::GiveUp),
    ("HTTP 302", || Ok(Response::new(302, "")), Then::GiveUp),
    ("HTTP 200, not JSON", || Ok(Response::new(200, "<html>")), Then::GiveUp),
    ("HTTP 200, half a response", || Ok(Response::new(200, r#"{"ErrorCode":0,"#)), Then::GiveUp),
    ("30006", || code(30006), RETRY),
    ("30007", || code(30007), RETRY),
    ("60004", || code(60004), RETRY),
    ("60005", || code(60005), RETRY),
    ("60008", || code(60008), RETRY),
    ("70169", || code(70169), RETRY),
    ("60007", || code(60007), SLOWER),
    ("60011", || code(60011), SLOWER),
    ("70001", || code(70001), Then::RefreshSignature),
    ("70052", || code(70052), Then::RefreshSignature),
    ("70050", || code(70050), Then::GiveUp),
    ("30001", || code(30001), Then::GiveUp),
    ("30003", || code(30003), Then::GiveUp),
    ("30005", || code(30005), Then::GiveUp),
    ("32100", || code(32100), Then::GiveUp),
    ("60010", || code(60010), Then::GiveUp),
    ("70009", || code(70009), Then::GiveUp),
    ("an unknown code", || code(12345), Then::GiveUp),
];

/// A command: whether it is idempotent, and how to send its documented request.
type Sender = (bool, fn(&Either) -> Result<(), Error>);

fn send<C: Command>(client: &Either) -> Result<(), Error> {
    let file = format!("{}/tests/fixtures/{}/request.json", env!("CARGO_MANIFEST_DIR"), C::COMMAND);
    let request: C = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    client.send(request).map(drop)
}

macro_rules! senders {
    ($($command:ty),* $(,)?) => {
        &[
            $((<$command as Endpoint>::IDEMPOTENT, send::<$command>),)*
            (false, |client| client.send(Kick::new("alice")).map(drop)),
        ]
    };
}

/// Every built-in command, and one that is not idempotent.
const COMMANDS: &[Sender] = tim_types::for_each_command!(senders);

/// The rows that throttle a call.
const THROTTLED: &[&str] =
    &["HTTP 429", "HTTP 429 with Retry-After", "HTTP 429 with a date that has passed", "60007", "60011"];

/// The expected result of some outcomes that are followed by a success.
struct Expected {
    /// The row that ends the call.
    last: usize,
    succeeds: bool,
    requests: usize,
    other_host: bool,
    /// Whether one of the two hosts is not used again.
    one_host_left: bool,
    re_signed: usize,
    wait: Duration,
    /// What jitter may add.
    jitter: Duration,
}

fn expect(outcomes: &[usize], idempotent: bool) -> Expected {
    let mut expected = Expected {
        last: 0,
        succeeds: true,
        requests: 0,
        other_host: false,
        one_host_left: false,
        re_signed: 0,
        wait: Duration::ZERO,
        jitter: Duration::ZERO,
    };
    for outcome in outcomes {
        expected.requests += 1;
        expected.last = *outcome;
        let bound = Duration::from_millis(200) * 2_u32.pow(expected.requests as u32 - 1);
        match ROWS[*outcome].2 {
            Then::Done => return expected,
            Then::RefreshSignature if expected.re_signed == 0 => {
                expected.re_signed = 1;
                continue;
            }
            Then::GiveUp | Then::RefreshSignature => {
                expected.succeeds = false;
                return expected;
            }
            // Throttled calls were not processed, so that any command can retry them.
            Then::Retry(_) if !idempotent && !THROTTLED.contains(&ROWS[*outcome].0) => {
                expected.succeeds = false;
                return expected;
            }
            Then::Retry(at_least) => expected.wait += at_least,
            Then::OtherHost if expected.one_host_left => {}
            Then::OtherHost => expected.other_host = !expected.other_host,
            Then::LeaveHost if expected.one_host_left => {
                expected.succeeds = false;
                return expected;
            }
            Then::LeaveHost => (expected.other_host, expected.one_host_left) = (!expected.other_host, true),
        }
        expected.jitter += bound;
    }
    expected.requests += 1;
    expected
}

fn check(outcomes: &[usize], (idempotent, send): &Sender) {
    let names: Vec<_> = outcomes.iter().map(|row| ROWS[*row].0).collect();
    let expected = expect(outcomes, *idempotent);
    let script = || MockTransport::new(outcomes.iter().map(|row| ROWS[*row].1()).chain([ok()]));
    let re_signed = Arc::new(Mutex::new(0));
    let count = re_signed.clone();
    let config = config().observe(move |event| {
        if matches!(event.kind, EventKind::SignatureRefreshed) {
            *count.lock().unwrap() += 1;
        }
    });
    with_both(&config, script, |client, script| {
        let start = BlockingTransport::now(&script).instant;
        let result = send(&client);
        assert_eq!(result.is_ok(), expected.succeeds, "{names:?}: {result:?}");
        assert_eq!(script.requests().len(), expected.requests, "{names:?}");
        let took = elapsed(&script, start);
        assert!(took >= expected.wait && took <= expected.wait + expected.jitter, "{names:?}: {took:?}");
        let ends_at_backup = hosts(&script).last().unwrap() == "adminapisgp.my-imcloud.com";
        assert_eq!(ends_at_backup, expected.other_host, "{names:?}");
        assert_eq!(std::mem::take(&mut *re_signed.lock().unwrap()), expected.re_signed, "{names:?}");
        if let Err(error) = result {
            is_error_of(&error, expected.last, &names);
            assert_eq!(error.attempts() as usize, expected.requests, "{names:?}");
        }
    });
}

/// The error is that of the last outcome.
fn is_error_of(error: &Error, row: usize, names: &[&str]) {
    match ROWS[row].1() {
        Err(scripted) => {
            let ErrorKind::Transport(found) = error.kind() else { panic!("{names:?}: {error}") };
            assert_eq!(found.kind(), scripted.kind(), "{names:?}");
        }
        Ok(response) => match error.kind() {
            ErrorKind::Http { status, .. } | ErrorKind::Decode { status, .. } => {
                assert_eq!(*status, response.status, "{names:?}");
            }
            ErrorKind::Api { code, .. } => {
                let body = String::from_utf8(response.body).unwrap();
                assert!(body.contains(&format!(":{code},")), "{names:?}: {error}");
            }
            _ => panic!("{names:?}: {error}"),
        },
    }
}

#[test]
fn every_outcome() {
    for command in COMMANDS {
        (0..ROWS.len()).for_each(|row| check(&[row], command));
    }
}

#[test]
fn every_pair_of_outcomes() {
    for command in COMMANDS {
        for first in 0..ROWS.len() {
            (0..ROWS.len()).for_each(|second| check(&[first, second], command));
        }
    }
}

/// Only outcomes that are retried: the third attempt must still count what the first two did.
#[test]
fn every_three_outcomes_that_are_retried() {
    let on: Vec<_> = (0..ROWS.len()).filter(|row| !matches!(ROWS[*row].2, Then::Done | Then::GiveUp)).collect();
    for first in &on {
        for second in &on {
            on.iter().for_each(|third| check(&[*first, *second, *third], &COMMANDS[0]));
        }
    }
}
