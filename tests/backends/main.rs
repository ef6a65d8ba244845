//! The table of faults: both backends, with and without a proxy, make the same of every row.
//!
//! This runs in two builds, one with `rustls` and one with `native-tls`; see `cargo xtask test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod proxies;
mod proxy;
mod server;

use std::error::Error as _;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use tim_follow::transport::{Options, Proxy as Route, TransportErrorKind};
use tim_follow::{Client, Config, Error, ErrorKind, Limits, Outcome, SdkAppId, SecretKey, blocking, follow};
use tokio::runtime::Runtime;

use proxy::{Manner, Proxy};
use server::{Fault, LIMIT, Server};

/// The user that every request names; no error may show it, as it is in no place but the query.
const ADMIN: &str = "administrator";

/// Much longer than anything takes here, also on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// What a call comes to, in one attempt.
type Expected = Result<(), TransportErrorKind>;

/// Scheme, fault and what comes of it.
const ROWS: &[(&str, Fault, Expected)] = &[
    ("https", Fault::None, Ok(())),
    ("https", Fault::OneOver, Err(TransportErrorKind::TooLong)),
    ("https", Fault::ClosedPort, Err(TransportErrorKind::Connect)),
    ("https", Fault::NoSuchName, Err(TransportErrorKind::Connect)),
    ("https", Fault::WrongName, Err(TransportErrorKind::Connect)),
    ("https", Fault::Expired, Err(TransportErrorKind::Connect)),
    ("https", Fault::Untrusted, Err(TransportErrorKind::Connect)),
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

/// A client on either backend.
enum Either {
    Async(Box<Client>),
    Blocking(Box<blocking::Client>),
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn request() -> follow::Add {
    follow::Add::new("alice", ["bob"])
}

impl Either {
    fn new(config: Config, is_blocking: bool) -> Self {
        match is_blocking {
            false => Self::Async(Box::new(Client::new(config).unwrap())),
            true => Self::Blocking(Box::new(blocking::Client::new(config).unwrap())),
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

    fn send(&self) -> Result<(), Error> {
        match self {
            Self::Async(client) => RUNTIME.block_on(client.send(request())).map(drop),
            Self::Blocking(client) => client.send(request()).map(drop),
        }
    }

    /// What becomes of the only target of a batch.
    fn outcome(&self) -> &'static str {
        let outcome = match self {
            Self::Async(client) => {
                RUNTIME.block_on(client.batch(follow::Add::template("alice"), ["bob"]).next()).unwrap().outcome
            }
            Self::Blocking(client) => client.batch(follow::Add::template("alice"), ["bob"]).next().unwrap().outcome,
        };
        match outcome {
            Outcome::Done(_) => "done",
            Outcome::Unknown { .. } => "unknown",
            Outcome::NotAttempted { .. } => "not attempted",
            _ => "rejected",
        }
    }
}

fn config(url: &str, backup: &str, proxy: Option<&Proxy>, attempts: u32, fault: Fault) -> Config {
    // Only the time that a fault uses up is short, so that a slow machine changes no result.
    let (connect_timeout, attempt_timeout) = match fault {
        Fault::SilentHandshake => (Duration::from_secs(2), LONG),
        Fault::Silent => (LONG, Duration::from_secs(1)),
        _ => (LONG, LONG),
    };
    let route = proxy.map_or(Route::Off, |proxy| Route::Url(format!("http://{}", proxy.authority)));
    let mut options = Options::default().proxy(route);
    options.extra_roots = vec![server::root()];
    options.connect_timeout = connect_timeout;
    let limits = Limits::default().max_attempts(attempts).initial_backoff(Duration::from_millis(1));
    let limits = limits.attempt_timeout(attempt_timeout).deadline(LONG * 3).max_response_bytes(LIMIT as u64);
    let config = Config::new(SdkAppId(1400000000), ADMIN, SecretKey::new("the-secret-key"));
    config.base_url(url).backup_url(backup).transport(options).limits(limits)
}

/// The kind of an error, once it is seen that it shows no query.
fn phase(error: &Error) -> TransportErrorKind {
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

/// Whether the call came to what was expected; otherwise how it differs.
fn kind(client: &Either, expected: Expected) -> Result<(), String> {
    let outcome = client.send();
    let found = outcome.as_ref().copied().map_err(phase);
    if found == expected { Ok(()) } else { Err(format!("{outcome:?}")) }
}

/// Whether a second attempt goes to the backup host exactly when no connection to the first was made.
fn failover(client: &Either, expected: Expected, primary: &Server, backup: &Server) -> Result<(), String> {
    let outcome = client.send();
    let wanted = if expected == Err(TransportErrorKind::Connect) { Ok(()) } else { expected };
    let found = outcome.as_ref().copied().map_err(phase);
    let went = backup.connections();
    let goes_to_backup = usize::from(expected == Err(TransportErrorKind::Connect));
    if found == wanted && went == goes_to_backup {
        return Ok(());
    }
    Err(format!("{} connections to the host, {went} to its backup, {outcome:?}", primary.connections()))
}

fn outcome(client: &Either, expected: Expected) -> Result<(), String> {
    let wanted = match expected {
        Ok(()) => "done",
        Err(TransportErrorKind::Connect) => "not attempted",
        Err(_) => "unknown",
    };
    let found = client.outcome();
    if found == wanted { Ok(()) } else { Err(format!("{found} instead of {wanted}")) }
}

/// Every check of one row; returns what does not hold.
fn row(scheme: &str, fault: Fault, expected: Expected, proxied: bool) -> Vec<String> {
    let proxy = proxied.then(|| Proxy::start(Manner::Opens));
    let is_tls = scheme == "https";
    let check = |is_blocking, what| {
        // A client remembers which host cannot be reached, so each check takes a new one.
        let (primary, backup) = (Server::start(fault, is_tls), Server::start(Fault::None, is_tls));
        let attempts = if what == "failover" { 2 } else { 1 };
        let client = Either::new(config(&primary.url, &backup.url, proxy.as_ref(), attempts, fault), is_blocking);
        let held = match what {
            "kind" => kind(&client, expected),
            "outcome" => outcome(&client, expected),
            _ => failover(&client, expected, &primary, &backup),
        };
        let way = if proxied { "through a proxy" } else { "direct" };
        held.err().map(|problem| format!("{scheme} {fault:?}, {} {way}, {what}: {problem}", client.name()))
    };
    let checks =
        [false, true].into_iter().flat_map(|backend| ["kind", "outcome", "failover"].map(|what| (backend, what)));
    // Many of them wait for a timeout, so they do at the same time.
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

/// Otherwise the same build would be tested twice.
#[test]
fn the_build_has_the_tls_of_its_feature() {
    let server = Server::start(Fault::Expired, true);
    for client in Either::both(&config(&server.url, &server.url, None, 1, Fault::Expired)) {
        let shown = format!("{:?}", client.send().unwrap_err());
        let is_rustls = shown.contains("InvalidCertificate");
        assert_eq!(is_rustls, cfg!(feature = "rustls"), "{}: {shown}", client.name());
        assert_eq!(!is_rustls, shown.contains("certificate verify failed"), "{}: {shown}", client.name());
    }
}
