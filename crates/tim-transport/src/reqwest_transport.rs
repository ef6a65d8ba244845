//! The asynchronous backend.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::proxy::Proxies;
use crate::{ClockReading, Options, Request, Response, Transport, TransportError, TransportErrorKind};

/// The most memory that is reserved for the `Content-Length` of a response, in bytes.
const MAX_RESERVED: u64 = 1 << 20;

/// Sends requests with reqwest, on a tokio runtime. Reuses connections. Does not follow redirects
/// and does not retry.
///
/// # Panics
///
/// `send` and `sleep` panic outside of a tokio runtime. On a runtime, `send` needs the IO driver
/// and the time driver, and `sleep` the time driver; without them they panic too. `#[tokio::main]`
/// and `Builder::enable_all` enable both drivers. `new` and `now` need no runtime.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: Client,
    proxies: Arc<Proxies<Url>>,
}

impl ReqwestTransport {
    /// Creates a transport with these options.
    ///
    /// # Errors
    /// [`TransportErrorKind::Setup`] if an option is invalid.
    pub fn new(options: &Options) -> Result<Self, TransportError> {
        let env = |name: &str| std::env::var(name).ok();
        let proxies = Arc::new(Proxies::new(&options.proxy, env, parse)?);
        let chosen = proxies.clone();
        let choose = move |url: &Url| chosen.for_url(url.as_str()).ok().flatten().cloned();
        let builder = Client::builder()
            .proxy(reqwest::Proxy::custom(choose))
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.idle_connections)
            .user_agent(&options.user_agent);
        Self::build(with_tls(builder, options)?, proxies)
    }

    /// Creates a transport with the settings of a reqwest builder, for example its DNS resolver,
    /// client certificate or local address.
    ///
    /// Redirects, `Referer`, retries and `connection_verbose` are turned off, whatever the builder
    /// says: they would send the signature to other hosts, send a request twice, or log the
    /// signature. The limits of each [`Request`] apply; [`Options`] do not, so proxy, TLS and root
    /// certificates are those of the builder. Set a `connect_timeout`, because reqwest has none by
    /// default.
    ///
    /// The feature is named after the version of reqwest, whose type is in this signature.
    ///
    /// # Errors
    /// [`TransportErrorKind::Setup`] if a setting of the builder is invalid.
    #[cfg(feature = "reqwest-0-13")]
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, TransportError> {
        Self::build(builder, Arc::new(Proxies::new(&crate::Proxy::Off, |_| None, parse)?))
    }

    fn build(builder: ClientBuilder, proxies: Arc<Proxies<Url>>) -> Result<Self, TransportError> {
        let builder = builder
            // A redirect would send the signature to another host, in the URL or as `Referer`.
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            // It logs the bytes of each request, and with them the signature.
            .connection_verbose(false);
        Ok(Self { client: builder.build().map_err(from_reqwest)?, proxies })
    }
}

fn parse(url: &str) -> Option<Url> {
    Url::parse(url).ok()
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.proxies.for_url(request.expose_url())?;
        let limit = request.response_limit();
        let sending = self.client.post(request.expose_url()).timeout(request.time_limit());
        let sending = sending.header(CONTENT_TYPE, "application/json").body(request.into_body());
        let mut received = sending.send().await.map_err(from_reqwest)?;

        // A server can announce any length, so the length alone must not reserve much memory.
        let announced = received.content_length().unwrap_or(0).min(limit).min(MAX_RESERVED);
        let mut body = Vec::with_capacity(announced as usize);
        while let Some(chunk) = received.chunk().await.map_err(from_reqwest)? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(TransportError::new(TransportErrorKind::TooLong, format!("over {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let header = |name| received.headers().get(name).and_then(|value| value.to_str().ok());
        let response = Response::new(received.status().as_u16(), body);
        Ok(response.retry_after(header(RETRY_AFTER)).date(header(DATE)))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        // Not the clock of the system: `sleep` and `now` must agree while tokio's time is paused.
        ClockReading::at(tokio::time::Instant::now().into_std())
    }
}

/// Converts a reqwest error and removes the URL, which reqwest would print. Every error of reqwest
/// goes through here.
fn from_reqwest(error: reqwest::Error) -> TransportError {
    let kind = if error.is_builder() {
        TransportErrorKind::Setup
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Lost
    };
    TransportError::caused_by(kind, error.without_url())
}

#[cfg(feature = "rustls")]
fn with_tls(builder: ClientBuilder, options: &Options) -> Result<ClientBuilder, TransportError> {
    let mut roots = rustls::RootCertStore::empty();
    // Certificates that rustls cannot parse are left out, as ureq does.
    roots.add_parsable_certificates(crate::tls::roots(options)?);
    let config = rustls::ClientConfig::builder_with_provider(crate::tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::new(TransportErrorKind::Setup, format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(builder: ClientBuilder, options: &Options) -> Result<ClientBuilder, TransportError> {
    let is_system = options.roots == crate::Roots::System;
    let roots = if is_system { crate::tls::extra_roots(options)? } else { crate::tls::roots(options)? };
    let roots = roots.iter().map(|root| reqwest::Certificate::from_der(root));
    let roots = roots.collect::<Result<Vec<_>, _>>().map_err(from_reqwest)?;
    Ok(if is_system { builder.tls_certs_merge(roots) } else { builder.tls_certs_only(roots) })
}

/// Without TLS, for plain HTTP to an emulator on loopback.
#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
fn with_tls(builder: ClientBuilder, _: &Options) -> Result<ClientBuilder, TransportError> {
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn transport() -> ReqwestTransport {
        ReqwestTransport::new(&Options::default().proxy(crate::Proxy::Off)).unwrap()
    }

    /// Polls once, outside of a runtime.
    fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn request() -> Request {
        Request::post("http://127.0.0.1:1", "{}")
    }

    #[test]
    fn a_transport_is_made_and_tells_the_time_without_a_runtime() {
        transport().now();
    }

    #[test]
    #[should_panic(expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime")]
    fn send_panics_without_a_runtime() {
        let _ = poll(transport().send(request()));
    }

    #[test]
    #[should_panic(expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime")]
    fn sleep_panics_without_a_runtime() {
        let _ = poll(transport().sleep(Duration::from_secs(1)));
    }

    #[test]
    #[should_panic(expected = "timers are disabled")]
    fn send_panics_without_a_time_driver() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _ = runtime.block_on(transport().send(request()));
    }

    #[test]
    #[should_panic(expected = "IO is disabled")]
    fn send_panics_without_an_io_driver() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _ = runtime.block_on(transport().send(request()));
    }
}
