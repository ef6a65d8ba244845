//! HTTPS transports for the clients of Tencent Cloud Chat: a trait, asynchronous and blocking, with
//! a backend for each.
//!
//! A [`Transport`] or [`BlockingTransport`] sends one [`Request`], sleeps and tells the time. It
//! knows nothing about JSON, signatures and commands, and it does not retry: the client decides
//! about that. The URL of a request contains a signature, so `Debug` shows it only up to the `?`.
//!
//! | feature | provides |
//! |---|---|
//! | `reqwest` | `ReqwestTransport`, on tokio |
//! | `ureq` | `UreqTransport`, without a runtime |
//! | `rustls` | TLS in Rust, with the same crypto provider for both backends |
//! | `native-tls` | TLS of the operating system; used only if `rustls` is off. Includes `system-roots` |
//! | `system-roots` | `Roots::System`, the root certificates of the operating system |
//! | `reqwest-0-13` | `ReqwestTransport::from_builder`, which takes a `ClientBuilder` of reqwest 0.13 |
//! | `test-util` | `MockTransport`, which returns responses from a list in virtual time, and `conformance`, which checks your own transport |
//!
//! No feature is on by default. [`Options`] configures both backends; [`Options::roots`] selects
//! the trusted root certificates.
//!
//! # Logs
//!
//! Both backends use the `log` crate. reqwest does not log the query of a URL at any level. ureq
//! logs the whole URL, with the signature, if level TRACE is enabled for the target `ureq` or
//! `ureq_proto`. Keep both at DEBUG or above, for example with
//! `RUST_LOG=trace,ureq=debug,ureq_proto=debug`. A test checks this.
#![cfg_attr(docsrs, feature(doc_cfg))]
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
#[cfg(all(any(feature = "rustls", feature = "native-tls"), any(feature = "reqwest", feature = "ureq")))]
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
pub use options::{Options, Roots};
pub use proxy::Proxy;
pub use request::Request;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use response::Response;
#[cfg(feature = "ureq")]
pub use ureq_transport::UreqTransport;

/// Sends requests asynchronously. Implement it for an HTTP client that your program already uses.
///
/// Put `#[async_trait]` of the crate [async-trait](https://docs.rs/async-trait) on the
/// implementation; `examples/own_transport.rs` of the repository is a complete one.
///
/// # Contract
///
/// [`send`](Self::send) makes one `POST` with the URL and the body of the request and with
/// `Content-Type: application/json`, and returns the response whatever its status. The client
/// decides about retries, hosts and codes, so an implementation:
///
/// * sends the request once, follows no redirects and sends no `Referer`, because the URL contains
///   a signature;
/// * ends within [`Request::time_limit`], with [`TransportErrorKind::Timeout`] if necessary. The
///   limit includes the host name, connecting, TLS and the whole body. A timeout of each read is
///   not enough, because a server can send one byte at a time;
/// * accepts a body of up to [`Request::response_limit`] bytes, and stops reading a longer one with
///   [`TransportErrorKind::TooLong`];
/// * passes the headers `Retry-After` and `Date` to [`Response::retry_after`] and
///   [`Response::date`];
/// * reports [`TransportErrorKind::Connect`] only if no byte of the request can have been sent
///   (host name, TCP, proxy, TLS handshake), and [`TransportErrorKind::Lost`] if that is not
///   certain. After `Connect`, the client calls the backup host, and a batch reports targets as not
///   attempted. [`TransportErrorKind::Certificate`] is the same for a certificate that is not
///   trusted, but the client does not call this host again. A transport that cannot recognize such
///   an error reports `Connect`;
/// * keeps the URL out of its errors and their sources.
///
/// The client drops the future of a request that exceeds its time limit, so a slow transport does
/// not delay a call beyond its deadline. `sleep` and `now` use the same clock. With the feature
/// `test-util`, `conformance` checks all of this.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends one request and reads the whole response, within the limits of the request.
    ///
    /// # Errors
    /// [`TransportError`] if there was no response, or it is longer than allowed.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits for `time`. The client polls this during a request, to end a request that takes too
    /// long. A virtual clock must not advance while a request can still make progress.
    async fn sleep(&self, time: Duration);

    /// The current time, on the clock that [`sleep`](Self::sleep) uses.
    fn now(&self) -> ClockReading;
}

/// Sends requests on the calling thread.
///
/// The contract is that of [`Transport`], with one difference: nothing can interrupt a call of
/// [`send`](Self::send). A transport that ignores [`Request::time_limit`] makes a call miss its
/// deadline, so an implementation sets a timeout for the whole request, not only for connecting or
/// for one read. A batch calls `send` on several threads at once.
pub trait BlockingTransport: Debug + Send + Sync {
    /// Sends one request and reads the whole response, within the limits of the request.
    ///
    /// # Errors
    /// [`TransportError`] if there was no response, or it is longer than allowed.
    fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits for `time`.
    fn sleep(&self, time: Duration);

    /// The current time, on the clock that [`sleep`](Self::sleep) uses.
    fn now(&self) -> ClockReading;
}

/// The code of the README, compiled as documentation tests.
#[cfg(all(doctest, feature = "ureq", feature = "rustls"))]
#[doc = include_str!("../README.md")]
struct Readme;
