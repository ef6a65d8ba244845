//! The fault table: for every row, both backends report the same, with and without a proxy.
//!
//! `cargo xtask test` runs it in two builds, one with `rustls` and one with `native-tls`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../crates/tim-follow/tests/it/either.rs"]
mod either;
mod own_builder;
mod proxies;
mod proxy;
mod roots;
mod server;

use std::error::Error as _;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use tim_follow::transport::{Options, Proxy as Route, TransportErrorKind};
use tim_follow::{Client, Config, Error, ErrorKind, Limits, Outcome, SdkAppId, SecretKey, blocking, follow};
use tokio::runtime::Runtime;

use either::Either;
use proxy::{Behavior, Proxy};
use server::{Fault, LIMIT, Server};

/// The user of every request. It is only in the query of the URL, so no error may show it.
const ADMIN: &str = "administrator";

/// Longer than any step takes here, even on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// The result of a call with one attempt.
type Expected = Result<(), TransportErrorKind>;

/// The kind for a certificate that is not trusted. Only the errors of rustls say why the handshake
/// failed.
const UNTRUSTED: TransportErrorKind =
    if cfg!(feature = "rustls") { TransportErrorKind::Certificate } else { TransportErrorKind::Connect };

/// Scheme, fault and expected result.
const ROWS: &[(&str, Fault, Expected)] = &[
    ("https", Fault::None, Ok(())),
    ("https", Fault::OneOver, Err(TransportErrorKind::TooLong)),
    ("https", Fault::ClosedPort, Err(TransportErrorKind::Connect)),
    ("https", Fault::NoSuchName, Err(TransportErrorKind::Connect)),
    ("https", Fault::WrongName, Err(UNTRUSTED)),
    ("https", Fault::Expired, Err(UNTRUSTED)),
    ("https", Fault::Untrusted, Err(UNTRUSTED)),
    ("https", Fault::PlainServer, Err(TransportErrorKind::Connect)),
    ("https", Fault::SilentHandshake, Err(TransportErrorKind::Connect)),
    ("https", Fault::ResetInHandshake, Err(TransportErrorKind::Connect)),
    ("https", Fault::ResetBeforeRequest, Err(TransportErrorKind::Lost)),
    ("https", Fault::ResetInRequest, Err(TransportErrorKind::Lost)),
    ("https", Fault::ResetAfterRequest, Err(TransportErrorKind::Lost)),
    ("https", Fault::CloseAfterRequest, Err(TransportErrorKind::Lost)),
    ("https", Fault::CloseInResponse, Err(TransportErrorKind::Lost)),
    ("https", Fault::DamagedRecord, Err(TransportErrorKind::Lost)),
    ("https", Fault::Silent, Err(TransportErrorKind::Timeout)),
    ("http", Fault::None, Ok(())),
    ("http", Fault::OneOver, Err(TransportErrorKind::TooLong)),
    ("http", Fault::ClosedPort, Err(TransportErrorKind::Connect)),
    ("http", Fault::NoSuchName, Err(TransportErrorKind::Connect)),
    ("http", Fault::ResetBeforeRequest, Err(TransportErrorKind::Lost)),
    ("http", Fault::ResetInRequest, Err(TransportErrorKind::Lost)),
    ("http", Fault::ResetAfterRequest, Err(TransportErrorKind::Lost)),
    ("http", Fault::CloseAfterRequest, Err(TransportErrorKind::Lost)),
    ("http", Fault::CloseInResponse, Err(TransportErrorKind::Lost)),
    ("http", Fault::Silent, Err(TransportErrorKind::Timeout)),
];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

impl Either {
    fn new(config: Config, is_blocking: bool) -> Self {
        match is_blocking {
            false => Self::Async(Client::new(config).unwrap()),
            true => Self::Blocking(blocking::Client::new(config).unwrap()),
        }
    }

    fn both(config: &Config) -> [Self; 2] {
        [false, true].map(|is_blocking| Self::new(config.clone(), is_blocking))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Async(_) => "reqwest",
            Self::Blocking(_) => "ureq",
        }
    }

    fn send_one(&self) -> Result<(), Error> {
        self.send(follow::Add::new("alice", ["bob"])).map(drop)
    }

    /// The outcome of a batch with one target.
    fn outcome(&self) -> &'static str {
        match self.batch(follow::Add::template("alice"), ["bob"], 1).items.remove(0).outcome {
            Outcome::Done(()) => "done",
            Outcome::Unknown { .. } => "unknown",
            Outcome::NotAttempted { .. } => "not attempted",
            _ => "rejected",
        }
    }
}

fn config(url: &str, backup: &str, proxy: Option<&Proxy>, attempts: u32, fault: Fault) -> Config {
    // Only the timeout that a fault needs is short, so that a slow machine does not change the
    // result.
    let (connect_timeout, attempt_timeout) = match fault {
        Fault::SilentHandshake => (Duration::from_secs(2), LONG),
        Fault::Silent => (LONG, Duration::from_secs(1)),
        _ => (LONG, LONG),
    };
    let route = proxy.map_or(Route::Off, |proxy| Route::Url(format!("http://{}", proxy.authority)));
    let options = Options::default().proxy(route).connect_timeout(connect_timeout);
    let options = options.add_root_certificate(server::root());
    let limits = Limits::default().max_attempts(attempts).initial_backoff(Duration::from_millis(1));
    let limits = limits.attempt_timeout(attempt_timeout).deadline(LONG * 3).max_response_bytes(LIMIT as u64);
    let config = Config::new(SdkAppId(1400000000), ADMIN, SecretKey::new("the-secret-key"));
    config.base_url(url).backup_url(backup).transport(options).limits(limits)
}

/// The kind of an error. Checks that it does not show the query.
fn error_kind(error: &Error) -> TransportErrorKind {
    let ErrorKind::Transport(transport) = error.kind() else { panic!("{error}") };
    let mut shown = format!("{error} {error:?}");
    let mut source = transport.source();
    while let Some(cause) = source {
        shown += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!shown.contains("usersig") && !shown.contains(ADMIN), "{shown}");
    transport.kind()
}

/// Whether no connection was made, so that nothing was sent.
fn is_unconnected(expected: Expected) -> bool {
    matches!(expected, Err(TransportErrorKind::Connect | TransportErrorKind::Certificate))
}

/// Checks the result of a call.
fn check_result(client: &Either, expected: Expected) -> Result<(), String> {
    let result = client.send_one();
    let found = result.as_ref().copied().map_err(error_kind);
    if found == expected { Ok(()) } else { Err(format!("{result:?}")) }
}

/// Checks that a second attempt goes to the backup host exactly when no connection to the first one
/// was made.
fn check_failover(client: &Either, expected: Expected, primary: &Server, backup: &Server) -> Result<(), String> {
    let result = client.send_one();
    let wanted = if is_unconnected(expected) { Ok(()) } else { expected };
    let found = result.as_ref().copied().map_err(error_kind);
    let connections = backup.connections();
    let expected_connections = usize::from(is_unconnected(expected));
    if found == wanted && connections == expected_connections {
        return Ok(());
    }
    Err(format!("{} connections to the host, {connections} to its backup, {result:?}", primary.connections()))
}

/// Checks the outcome of a batch.
fn check_outcome(client: &Either, expected: Expected) -> Result<(), String> {
    let wanted = match expected {
        Ok(()) => "done",
        Err(_) if is_unconnected(expected) => "not attempted",
        Err(_) => "unknown",
    };
    let found = client.outcome();
    if found == wanted { Ok(()) } else { Err(format!("{found} instead of {wanted}")) }
}

/// Runs every check of a row and returns the problems.
fn row(scheme: &str, fault: Fault, expected: Expected, proxied: bool) -> Vec<String> {
    let proxy = proxied.then(|| Proxy::start(Behavior::Opens));
    let is_tls = scheme == "https";
    let check = |is_blocking, what| {
        // A client remembers which hosts are down, so each check uses a new one.
        let (primary, backup) = (Server::start(fault, is_tls), Server::start(Fault::None, is_tls));
        let attempts = if what == "failover" { 2 } else { 1 };
        let client = Either::new(config(&primary.url, &backup.url, proxy.as_ref(), attempts, fault), is_blocking);
        let checked = match what {
            "result" => check_result(&client, expected),
            "outcome" => check_outcome(&client, expected),
            _ => check_failover(&client, expected, &primary, &backup),
        };
        let route = if proxied { "through a proxy" } else { "direct" };
        checked.err().map(|problem| format!("{scheme} {fault:?}, {} {route}, {what}: {problem}", client.name()))
    };
    let checks =
        [false, true].into_iter().flat_map(|backend| ["result", "outcome", "failover"].map(|what| (backend, what)));
    // Many checks wait for a timeout, so they run at the same time.
    thread::scope(|scope| {
        let running: Vec<_> = checks.map(|(backend, what)| scope.spawn(move || check(backend, what))).collect();
        running.into_iter().filter_map(|check| check.join().unwrap()).collect()
    })
}

fn rows(is_run: impl Fn(&str, bool) -> bool) {
    let mut problems = Vec::new();
    for proxied in [false, true] {
        for (scheme, fault, expected) in ROWS {
            if is_run(scheme, proxied) {
                problems.extend(row(scheme, *fault, *expected, proxied));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn https() {
    rows(|scheme, proxied| scheme == "https" && !proxied);
}

#[test]
fn https_through_a_proxy() {
    rows(|scheme, proxied| scheme == "https" && proxied);
}

#[test]
fn http() {
    rows(|scheme, proxied| scheme == "http" && !proxied);
}

/// Without this, both builds could use the same TLS.
#[test]
fn the_build_has_the_tls_of_its_feature() {
    let server = Server::start(Fault::Expired, true);
    for client in Either::both(&config(&server.url, &server.url, None, 1, Fault::Expired)) {
        let shown = client.send_one().unwrap_err().to_string();
        let is_rustls = shown.contains("invalid peer certificate");
        assert_eq!(is_rustls, cfg!(feature = "rustls"), "{}: {shown}", client.name());
        assert_eq!(!is_rustls, shown.contains("certificate verify failed"), "{}: {shown}", client.name());
    }
}
