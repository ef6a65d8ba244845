//! The two clients behind one face, so that every test holds for both.

use std::sync::Arc;

use tim_follow::transport::Script;
use tim_follow::{
    Client, Config, Endpoint, Error, Page, PageError, Paged, RawAnswer, Region, SdkAppId, SecretKey, blocking,
};

pub(crate) fn config() -> Config {
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("the-secret-key")).region(Region::Singapore)
}

/// One of the two clients, on its own copy of a script.
pub(crate) enum Either {
    Async(Client, tokio::runtime::Runtime),
    Blocking(blocking::Client),
}

/// Runs a test with each client and a fresh copy of the script.
pub(crate) fn with_both(config: &Config, script: impl Fn() -> Script, test: impl Fn(Either, Script)) {
    let copy = script();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let client = Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Async(client, runtime), copy);

    let copy = script();
    let client = blocking::Client::with_transport(config.clone(), Arc::new(copy.clone())).unwrap();
    test(Either::Blocking(client), copy);
}

impl Either {
    pub(crate) fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.send(request)),
            Self::Blocking(client) => client.send(request),
        }
    }

    pub(crate) fn call(&self, service: &str, command: &str, body: &str) -> Result<RawAnswer, Error> {
        match self {
            Self::Async(client, runtime) => runtime.block_on(client.call(service, command, body)),
            Self::Blocking(client) => client.call(service, command, body),
        }
    }

    /// Every page until the end, and one look beyond it.
    pub(crate) fn pages<E: Paged>(&self, request: E) -> Vec<Result<Page<E::Item>, PageError>> {
        let mut all = Vec::new();
        match self {
            Self::Async(client, runtime) => {
                let mut pages = client.pages(request);
                while let Some(page) = runtime.block_on(pages.next()) {
                    all.push(page);
                }
                assert!(runtime.block_on(pages.next()).is_none());
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
