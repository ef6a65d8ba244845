//! Runs a test with both clients.

#[path = "either.rs"]
mod either;

use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use tim_follow::transport::{BlockingTransport, MockTransport, Response, TransportError, TransportErrorKind};
use tim_follow::{Client, Config, Region, SdkAppId, SecretKey, Transport, blocking};

pub(crate) use either::Either;

/// The response of a successful call.
pub(crate) const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// The result of one request to a mock.
pub(crate) type Scripted = Result<Response, TransportError>;

/// HTTP 200 with success.
pub(crate) fn ok() -> Scripted {
    Ok(Response::new(200, OK))
}

/// HTTP 200 with a rejection.
pub(crate) fn code(code: i64) -> Scripted {
    Ok(Response::new(200, format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{code},"ErrorInfo":""}}"#)))
}

/// No response.
pub(crate) fn broken(kind: TransportErrorKind) -> Scripted {
    Err(TransportError::new(kind, "scripted"))
}

/// How much virtual time has passed since then.
pub(crate) fn elapsed(script: &MockTransport, since: std::time::Instant) -> Duration {
    BlockingTransport::now(script).instant - since
}

/// The host of each request, without the scheme.
pub(crate) fn hosts(script: &MockTransport) -> Vec<String> {
    let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    script.requests().iter().map(|request| host(request.endpoint())).collect()
}

pub(crate) fn config() -> Config {
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("the-secret-key")).region(Region::Singapore)
}

/// Runs a test with each client and a new transport. Clones of a transport share their state.
pub(crate) fn with_both<T: Transport + BlockingTransport + Clone + 'static>(
    config: &Config,
    transport: impl Fn() -> T,
    test: impl Fn(Either, T),
) {
    let copy = transport();
    let client = Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Async(client), copy);

    let copy = transport();
    let client = blocking::Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Blocking(client), copy);
}
