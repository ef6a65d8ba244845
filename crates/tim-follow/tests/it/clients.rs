//! Runs a test with both clients.

use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use tim_follow::transport::{BlockingTransport, MockTransport, Response, TransportError, TransportErrorKind};
use tim_follow::{
    Client, Config, Endpoint, Error, Limits, Page, PageError, Paged, RawResponse, Region, SdkAppId, SecretKey, blocking,
};

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

/// One of the two clients, with its own copy of a mock.
pub(crate) enum Either {
    Async(Client),
    Blocking(blocking::Client),
}

/// Runs a test with each client and a new mock.
pub(crate) fn with_both(config: &Config, script: impl Fn() -> MockTransport, test: impl Fn(Either, MockTransport)) {
    let copy = script();
    let client = Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Async(client), copy);

    let copy = script();
    let client = blocking::Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Blocking(client), copy);
}

impl Either {
    pub(crate) fn with_limits(&self, limits: Limits) -> Self {
        match self {
            Self::Async(client) => Self::Async(client.with_limits(limits)),
            Self::Blocking(client) => Self::Blocking(client.with_limits(limits)),
        }
    }

    pub(crate) fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match self {
            Self::Async(client) => block_on(client.send(request)),
            Self::Blocking(client) => client.send(request),
        }
    }

    pub(crate) fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        match self {
            Self::Async(client) => block_on(client.call(service, command, body)),
            Self::Blocking(client) => client.call(service, command, body),
        }
    }

    /// All pages. Checks that nothing follows the end.
    pub(crate) fn pages<E: Paged + 'static>(
        &self,
        request: E,
    ) -> Vec<Result<Page<E::Item, E::Position>, PageError<E::Position>>> {
        let mut all = Vec::new();
        match self {
            Self::Async(client) => {
                let mut pages = client.pages(request);
                while let Some(page) = block_on(pages.next()) {
                    all.push(page);
                }
                assert!(block_on(pages.next()).is_none());
            }
            Self::Blocking(client) => {
                let mut pages = client.pages(request);
                all.extend(pages.by_ref());
                assert!(pages.next().is_none());
            }
        }
        all
    }
}
