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
//! | `test-util` | `Script`, which answers from a list in virtual time |
//!
//! # Logs
//!
//! Both backends write to the `log` crate. reqwest shows no query at any level. ureq shows the whole URL, and with it the
//! signature, where the level TRACE is on for the targets `ureq` or `ureq_proto`: keep both at DEBUG or above, for example
//! with `RUST_LOG=trace,ureq=debug,ureq_proto=debug`. A test holds this.
#![deny(missing_docs)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod error;
mod moment;
mod options;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
#[cfg(feature = "test-util")]
mod script;
#[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "ureq")))]
mod tls;
#[cfg(feature = "ureq")]
mod ureq_transport;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

pub use error::{Phase, TransportError};
pub use moment::Moment;
pub use options::Options;
pub use request::Request;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use response::Response;
#[cfg(feature = "test-util")]
pub use script::Script;
#[cfg(feature = "ureq")]
pub use ureq_transport::UreqTransport;

/// Sends requests asynchronously. Whoever has an HTTP client of their own implements this for it.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends one request and reads the whole answer, within the limits that the request carries.
    ///
    /// It neither repeats the request nor follows a redirect, and its error holds no URL.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits.
    async fn sleep(&self, time: Duration);

    /// What time it is, on the clock that [`sleep`](Self::sleep) goes by.
    fn now(&self) -> Moment;
}

/// Sends requests on the calling thread.
pub trait BlockingTransport: Debug + Send + Sync {
    /// Like [`Transport::send`].
    ///
    /// # Errors
    /// There was no answer, or it was longer than the request allows.
    fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Waits.
    fn sleep(&self, time: Duration);

    /// What time it is, on the clock that [`sleep`](Self::sleep) goes by.
    fn now(&self) -> Moment;
}
