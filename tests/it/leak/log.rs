//! Checks what both backends and the clients log, down to TRACE.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};
use tim_follow::transport::{BlockingTransport, ClockReading, Request, Response, TransportError};
use tim_follow::{Client, Config, Limits, blocking, follow};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{KEY, config, shows_no_secret};

/// Keeps the lines of each thread apart, so that other tests have no effect.
struct Capture;

thread_local! {
    static LINES: RefCell<Vec<(Level, String, String)>> = const { RefCell::new(Vec::new()) };
    /// Whether TRACE of ureq is off, as the documentation of tim-transport recommends.
    static UREQ_AT_DEBUG: Cell<bool> = const { Cell::new(false) };
}

impl Log for Capture {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let of_ureq = about.target().starts_with("ureq");
        about.level() < Level::Trace || !(of_ureq && UREQ_AT_DEBUG.get())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = (record.level(), record.target().to_owned(), record.args().to_string());
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

/// The lines that this thread logs in `act`.
fn captured(act: impl FnOnce()) -> Vec<(Level, String, String)> {
    static SET: Once = Once::new();
    SET.call_once(|| {
        log::set_logger(&Capture).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
    LINES.with_borrow_mut(Vec::clear);
    act();
    LINES.take()
}

/// Runs `act` with a server that fails once, and responds normally after that.
fn with_server(act: impl FnOnce(Config)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = runtime.block_on(async {
        let server = MockServer::start().await;
        let fault = Mock::given(method("POST")).respond_with(ResponseTemplate::new(502)).up_to_n_times(1);
        fault.mount(&server).await;
        let body = r#"{"ResultItem":[],"ErrorCode":0}"#;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
        server
    });
    let limits = Limits::default().initial_backoff(Duration::ZERO);
    act(config(&server.uri()).limits(limits));
}

fn shown_secrets(lines: &[(Level, String, String)]) -> BTreeSet<(Level, &str)> {
    let secret = |text: &str| text.contains(KEY) || text.contains("usersig=") || text.contains("eJ");
    lines.iter().filter(|(_, _, text)| secret(text)).map(|(level, target, _)| (*level, target.as_str())).collect()
}

#[test]
fn the_asynchronous_client_and_reqwest() {
    let mut lines = Vec::new();
    with_server(|config| {
        lines = captured(|| {
            // The client runs on this thread only; the server has other threads.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let client = Client::new(config).unwrap();
            runtime.block_on(client.send(follow::Check::new("alice", ["bob"]))).unwrap();
        });
    });
    assert!(lines.iter().any(|(_, target, _)| target.starts_with("reqwest")), "reqwest logs: {lines:?}");
    assert!(lines.iter().any(|(_, target, _)| target.starts_with("tim_follow")), "we log: {lines:?}");
    assert_eq!(shown_secrets(&lines), BTreeSet::new());
}

fn lines_of_ureq() -> Vec<(Level, String, String)> {
    let mut lines = Vec::new();
    with_server(|config| {
        lines = captured(|| {
            blocking::Client::new(config).unwrap().send(follow::Check::new("alice", ["bob"])).unwrap();
        });
    });
    assert!(lines.iter().any(|(_, target, _)| target.starts_with("ureq")), "ureq logs: {lines:?}");
    assert!(lines.iter().any(|(_, target, _)| target.starts_with("tim_follow")), "we log: {lines:?}");
    lines
}

#[test]
fn the_blocking_client_and_ureq_at_debug() {
    UREQ_AT_DEBUG.set(true);
    assert_eq!(shown_secrets(&lines_of_ureq()), BTreeSet::new());
}

/// The exceptions that the documentation of tim-transport names. If ureq fixes this, remove the
/// warning there.
#[test]
fn the_blocking_client_and_ureq_at_trace() {
    let documented = BTreeSet::from([(Level::Debug, "ureq::run"), (Level::Trace, "ureq_proto::util")]);
    assert_eq!(shown_secrets(&lines_of_ureq()), documented);
}

/// A transport that panics with the request in the message.
#[derive(Debug)]
struct Panics;

impl BlockingTransport for Panics {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        panic!("{request:?} {request:#?}")
    }

    fn sleep(&self, _: Duration) {}

    fn now(&self) -> ClockReading {
        ClockReading::system()
    }
}

#[test]
fn a_panic() {
    let client = blocking::Client::with_transport(config("http://127.0.0.1"), Arc::new(Panics)).unwrap();
    let send = || client.send(follow::Check::new("alice", ["bob"]));
    let panic = catch_unwind(AssertUnwindSafe(send)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("follow_check"), "{text}");
    shows_no_secret(text);
}
