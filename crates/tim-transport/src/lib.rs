//! Bytes over HTTPS: what the clients of Tencent Cloud Chat need of a network, and two ways to get it.
//!
//! [`Transport`] is the asynchronous trait and [`BlockingTransport`] the blocking one; each sends one [`Request`], sleeps
//! and tells the time. Nothing here knows JSON, signatures or commands, and nothing here repeats a request: the client
//! that decides does. Every URL holds a signature, so a [`Request`] shows its URL only up to the `?`.
//!
//! | feature | gives |
//! |---|---|
//! | `reqwest` | `ReqwestTransport`, on tokio |
//! | `ureq` | `UreqTransport`, without a runtime |
//! | `rustls` | TLS in Rust with one crypto provider for both, trusting the roots of Mozilla's list and [`Options::extra_roots`] |
//! | `native-tls` | TLS of the operating system, where `rustls` is off |
//! | `test-util` | `MockTransport`, which answers from a list in virtual time, and `conformance`, which checks a transport of your own |
//!
//! # Logs
//!
//! Both backends write to the `log` crate. reqwest shows no query at any level. ureq shows the whole URL, and with it the
//! signature, where the level TRACE is on for the targets `ureq` or `ureq_proto`: keep both at DEBUG or above, for example
//! with `RUST_LOG=trace,ureq=debug,ureq_proto=debug`. A test holds this.
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod clock_reading;
#[cfg(feature = "test-util")]
pub mod conformance;
mod error;
#[cfg(feature = "test-util")]
mod mock;
mod options;
mod proxy;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
#[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "ureq")))]
mod tls;
#[cfg(feature = "ureq")]
mod ureq_transport;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

pub use clock_reading::ClockReading;
pub use error::{TransportError, TransportErrorKind};
#[cfg(feature = "test-util")]
pub use mock::MockTransport;
pub use options::Options;
pub use proxy::Proxy;
pub use request::Request;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use response::Response;
#[cfg(feature = "ureq")]
pub use ureq_transport::UreqTransport;

/// Sends requests asynchronously. A client that a program already has can implement it.
///
/// # Contract
///
/// [`send`](Self::send) makes one `POST` with the URL and the body of the request and `Content-Type: application/json`,
/// and returns the response whatever its status. The client decides about retries, hosts and codes, so an implementation:
///
/// * sends the request once, follows no redirect and sends no `Referer`: the URL holds a signature;
/// * ends within [`Request::time_limit`], the name, the connection, TLS and the last byte of the body included, with
///   [`TransportErrorKind::Timeout`] if need be. A timeout of each read is not enough: a server may send one byte at a time;
/// * accepts a body of [`Request::response_limit`] bytes, and stops reading with [`TransportErrorKind::TooLong`] where there is more;
/// * passes the headers `Retry-After` and `Date` to [`Response::retry_after`] and [`Response::date`];
/// * reports [`TransportErrorKind::Connect`] only when no byte of the request can have been sent (name, connection, proxy, TLS
///   handshake), and [`TransportErrorKind::Lost`] when it is not certain. After `Connect` the client calls the backup host, and reports
///   the targets of a batch as not attempted;
/// * keeps the URL out of its errors and all their sources.
///
/// The client drops the future of a request that is not done within its time limit, so a slow transport does not delay a
/// call beyond its deadline. `sleep` and `now` go by one clock. With the feature `test-util`, `conformance` checks all of
/// this.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends one request and reads the whole response, within the limits that the request carries.
    ///
    /// # Errors
    /// There was no response, or it was longer than the request allows.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits. The client polls it while a request is under way, to end a request that takes too long: a clock for tests
    /// must not go forward while a request can still make progress.
    async fn sleep(&self, time: Duration);

    /// What time it is, on the clock that [`sleep`](Self::sleep) goes by.
    fn now(&self) -> ClockReading;
}

/// Sends requests on the calling thread.
///
/// Its contract is that of [`Transport`], with one difference: nobody can interrupt a call of [`send`](Self::send). A
/// transport that ignores [`Request::time_limit`] makes a call miss its deadline by as much, so an implementation sets a
/// timeout for the whole request, not only for connecting or for one read. `send` may be called on several threads at
/// once: a batch does so.
pub trait BlockingTransport: Debug + Send + Sync {
    /// Sends one request and reads the whole response, within the limits that the request carries.
    ///
    /// # Errors
    /// There was no response, or it was longer than the request allows.
    fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits.
    fn sleep(&self, time: Duration);

    /// What time it is, on the clock that [`sleep`](Self::sleep) goes by.
    fn now(&self) -> ClockReading;
}
