//! Faults of real sockets: both clients end in time, with the right result or an error that names
//! the fault, and report exactly the attempts that the server counted.

mod server;
mod tls;

use std::time::{Duration, Instant};

use tim_follow::transport::TransportErrorKind;
use tim_follow::{Client, Config, Error, ErrorCode, ErrorKind, Limits, SdkAppId, SecretKey, blocking, follow};

use server::{Fault, Server, code};

/// Much longer than any of these calls takes. A call that takes longer hangs.
const HANGS: Duration = Duration::from_secs(30);

/// Nobody listens on port 1, and no test gets it.
const CLOSED: &str = "http://127.0.0.1:1";

fn config(url: &str) -> Config {
    let limits =
        Limits::default().initial_backoff(Duration::from_millis(10)).attempt_timeout(Duration::from_millis(400));
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("the-secret-key")).base_url(url).limits(limits)
}

type Outcome = Result<follow::CheckResponse, Error>;

fn request() -> follow::Check {
    follow::Check::new("alice", ["bob"])
}

async fn send_async(config: Config) -> Outcome {
    Client::new(config).unwrap().send(request()).await
}

async fn send_blocking(config: Config) -> Outcome {
    tokio::task::spawn_blocking(|| blocking::Client::new(config).unwrap().send(request())).await.unwrap()
}

/// Runs a call with both clients, each against a new server with these faults, and checks the
/// result and the number of attempts.
async fn with_both(faults: &[Fault], limits: impl Fn(Limits) -> Limits, check: impl Fn(Outcome, usize)) {
    for blocking in [false, true] {
        let server = Server::start(faults);
        let bounded = config(&server.url);
        let bounded = bounded.clone().limits(limits(Limits::default().initial_backoff(Duration::from_millis(10))));
        let started = now();
        let outcome = if blocking { send_blocking(bounded).await } else { send_async(bounded).await };
        assert!(now() - started < HANGS);
        check(outcome, server.attempts());
    }
}

#[expect(clippy::disallowed_methods, reason = "whether a call hangs can only be seen on a real clock")]
fn now() -> Instant {
    Instant::now()
}

fn quick(limits: Limits) -> Limits {
    limits.attempt_timeout(Duration::from_millis(400))
}

fn done_after(attempts: usize) -> impl Fn(Outcome, usize) {
    move |outcome, seen| {
        outcome.unwrap();
        assert_eq!(seen, attempts);
    }
}

fn transport_kind(error: &Error) -> Option<TransportErrorKind> {
    match error.kind() {
        ErrorKind::Transport(error) => Some(error.kind()),
        _ => None,
    }
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let config = config(CLOSED);
    for error in [send_async(config.clone()).await.unwrap_err(), send_blocking(config).await.unwrap_err()] {
        assert_eq!((transport_kind(&error), error.attempts()), (Some(TransportErrorKind::Connect), 4), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("follow_check: no connection: Connection refused"), "{text}");
        assert!(text.ends_with(&format!("[{CLOSED}, 4 attempts]")), "{text}");
    }
}

/// A label of 64 letters is invalid, so every resolver rejects it without a network.
#[tokio::test]
async fn a_name_that_does_not_resolve_is_no_connection() {
    let config = config(&format!("http://{}.invalid", "a".repeat(64)));
    for error in [send_async(config.clone()).await.unwrap_err(), send_blocking(config).await.unwrap_err()] {
        assert_eq!((transport_kind(&error), error.attempts()), (Some(TransportErrorKind::Connect), 4), "{error}");
    }
}

#[tokio::test]
async fn calls_go_to_the_backup_if_the_primary_is_down() {
    let server = Server::start(&[]);
    let config = config(CLOSED).backup_url(&server.url);
    send_async(config.clone()).await.unwrap();
    send_blocking(config).await.unwrap();
    assert_eq!(server.attempts(), 2);
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::start(&[Fault::Keep, Fault::Keep]);
    let client = Client::new(config(&server.url)).unwrap();
    let config = config(&server.url);
    for _ in 0..3 {
        client.send(request()).await.unwrap();
    }
    assert_eq!(server.attempts(), 1);
    let blocking = tokio::task::spawn_blocking(|| {
        let client = blocking::Client::new(config).unwrap();
        (0..3).for_each(|_| drop(client.send(request()).unwrap()));
    });
    blocking.await.unwrap();
    assert_eq!(server.attempts(), 2);
}

#[tokio::test]
async fn broken_connections_are_retried() {
    with_both(&[Fault::Close, Fault::Reset], quick, done_after(3)).await;
    with_both(&[Fault::Half, Fault::Reset, Fault::Close], quick, done_after(4)).await;
    with_both(&[Fault::Reset; 9], quick, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert_eq!((transport_kind(&error), error.attempts(), seen), (Some(TransportErrorKind::Lost), 4, 4), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_never_responds_is_a_timeout() {
    with_both(&[Fault::Silence], quick, done_after(2)).await;
    let limits = |limits: Limits| quick(limits).max_attempts(2);
    with_both(&[Fault::Silence; 9], limits, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert_eq!(
            (transport_kind(&error), error.attempts(), seen),
            (Some(TransportErrorKind::Timeout), 2, 2),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_server_that_sends_slowly_is_a_timeout() {
    with_both(&[Fault::Drip], quick, done_after(2)).await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let limits = |limits: Limits| limits.max_attempts(100).deadline(Duration::from_millis(600));
    with_both(&[Fault::Silence; 9], limits, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert_eq!(
            (transport_kind(&error), error.attempts(), seen),
            (Some(TransportErrorKind::Timeout), 1, 1),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn responses_of_other_servers_are_errors() {
    let html = Fault::Response("502 Bad Gateway", "", "<html>bad gateway</html>");
    with_both(&[html], quick, done_after(2)).await;
    with_both(&[html; 9], quick, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Http { status: 502, .. }), "{error}");
        assert_eq!(seen, 4);
    })
    .await;
    let broken = Fault::Response("200 OK", "", r#"{"ErrorCode":0,"#);
    with_both(&[broken], quick, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("the JSON ends too early at line 1"), "{error}");
        assert_eq!(seen, 1);
    })
    .await;
}

#[tokio::test]
async fn retries_wait_for_retry_after() {
    let busy = Fault::Response("503 Service Unavailable", "Retry-After: 1\r\n", "");
    for blocking in [false, true] {
        let server = Server::start(&[busy]);
        let started = now();
        let outcome =
            if blocking { send_blocking(config(&server.url)).await } else { send_async(config(&server.url)).await };
        outcome.unwrap();
        assert!(now() - started >= Duration::from_secs(1));
        assert_eq!(server.attempts(), 2);
    }
    let later = Fault::Response("503 Service Unavailable", "Retry-After: 3600\r\n", "");
    with_both(&[later], quick, |outcome, seen| {
        assert!(matches!(outcome.unwrap_err().kind(), ErrorKind::Http { status: 503, .. }));
        assert_eq!(seen, 1);
    })
    .await;
}

#[tokio::test]
async fn codes_in_a_response_with_status_200_decide() {
    with_both(&[code!(30006), code!(30006)], quick, done_after(3)).await;
    with_both(&[code!(70001)], quick, done_after(2)).await;
    with_both(&[code!(60007); 10], quick, |outcome, seen| {
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.attempts(), seen), (Some(ErrorCode(60007)), 4, 4));
        assert!(error.to_string().starts_with("follow_check: rejected with 60007, "), "{error}");
    })
    .await;
}

/// Neither an announced body of 100 MB nor an endless one is read into memory.
#[tokio::test]
async fn a_response_over_the_limit_is_an_error() {
    for fault in [Fault::Endless, Fault::Announced(100 << 20)] {
        let limits = |limits: Limits| limits.max_response_bytes(1 << 20);
        with_both(&[fault; 9], limits, |outcome, seen| {
            let error = outcome.unwrap_err();
            assert_eq!(
                (transport_kind(&error), error.attempts(), seen),
                (Some(TransportErrorKind::TooLong), 1, 1),
                "{error}"
            );
        })
        .await;
    }
}
