//! A transport from a builder of reqwest keeps the contract, whatever the builder says.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use reqwest::{ClientBuilder, redirect, retry};
use tim_follow::transport::{Request, ReqwestTransport, Transport, conformance};

use crate::RUNTIME;
use crate::server::{Fault, Server};

/// A builder with all settings that break the contract.
fn builder() -> ClientBuilder {
    let retries = retry::for_host("127.0.0.1").max_retries_per_request(3).classify_fn(|attempt| attempt.retryable());
    ClientBuilder::new()
        .no_proxy()
        .redirect(redirect::Policy::limited(10))
        .referer(true)
        .retry(retries)
        .connection_verbose(true)
}

#[test]
fn redirects_referer_and_retries_are_off() {
    let transport = ReqwestTransport::from_builder(builder()).unwrap();
    RUNTIME.block_on(conformance::check(&transport)).unwrap();
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what reqwest logs.
struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("reqwest")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

#[test]
fn the_log_does_not_show_the_signature() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let server = Server::start(Fault::None, false);
    let transport = ReqwestTransport::from_builder(builder()).unwrap();
    let request = Request::post(format!("{}/v4/a/b?usersig=logged-secret", server.url), r#"{"a":[{}]}"#);
    assert_eq!(RUNTIME.block_on(transport.send(request)).unwrap().status, 200);
    let lines = LINES.lock().unwrap();
    assert!(!lines.is_empty(), "the logger works");
    assert!(!lines.iter().any(|line| line.contains("logged-secret")), "{lines:?}");
}
