//! The asynchronous backend.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::proxy::Proxies;
use crate::{ClockReading, Options, Request, Response, Transport, TransportError, TransportErrorKind};

/// How many bytes are reserved for a response before any of them came.
const MAX_RESERVED: u64 = 1 << 20;

/// Sends with reqwest, inside a tokio runtime. Keeps connections; follows no redirect and repeats nothing.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: Client,
    proxies: Arc<Proxies<Url>>,
}

impl ReqwestTransport {
    /// A transport with these options.
    ///
    /// # Errors
    /// [`TransportErrorKind::Setup`] when an option cannot be used.
    pub fn new(options: &Options) -> Result<Self, TransportError> {
        let env = |name: &str| std::env::var(name).ok();
        let proxies = Arc::new(Proxies::new(&options.proxy, env, |url| Url::parse(url).ok())?);
        let chosen = proxies.clone();
        let choose = move |url: &Url| chosen.of_url(url.as_str()).ok().flatten().cloned();
        let client = Client::builder()
            .proxy(reqwest::Proxy::custom(choose))
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.idle_connections)
            .user_agent(&options.user_agent)
            // A redirect would carry the signature to another host, in the URL or as a Referer.
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never());
        let client = with_tls(client, options)?.build().map_err(from_reqwest)?;
        Ok(Self { client, proxies })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.proxies.of_url(request.expose_url())?;
        let limit = request.response_limit();
        let sending = self.client.post(request.expose_url()).timeout(request.time_limit());
        let sending = sending.header(CONTENT_TYPE, "application/json").body(request.into_body());
        let mut response = sending.send().await.map_err(from_reqwest)?;

        // What a server announces is not yet sent: a large number must not take memory.
        let announced = response.content_length().unwrap_or(0).min(limit).min(MAX_RESERVED);
        let mut body = Vec::with_capacity(announced as usize);
        while let Some(chunk) = response.chunk().await.map_err(from_reqwest)? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(TransportError::new(TransportErrorKind::TooLong, format!("over {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let answer = Response::new(response.status().as_u16(), body);
        Ok(answer.retry_after(header(RETRY_AFTER)).date(header(DATE)))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        // Not the system's: under a paused tokio clock, `sleep` and `now` must agree.
        ClockReading::at(tokio::time::Instant::now().into_std())
    }
}

/// The only way from a reqwest error to one of ours: it takes the URL out, which reqwest would print.
fn from_reqwest(error: reqwest::Error) -> TransportError {
    let phase = if error.is_builder() {
        TransportErrorKind::Setup
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Lost
    };
    TransportError::caused_by(phase, error.without_url())
}

#[cfg(feature = "rustls")]
fn with_tls(client: ClientBuilder, options: &Options) -> Result<ClientBuilder, TransportError> {
    let setup = |error: rustls::Error| TransportError::new(TransportErrorKind::Setup, "TLS").with_source(error);
    let mut roots = rustls::RootCertStore::empty();
    for root in crate::tls::roots(options)? {
        roots.add(root).map_err(setup)?;
    }
    let config = rustls::ClientConfig::builder_with_provider(crate::tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(client.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(client: ClientBuilder, options: &Options) -> Result<ClientBuilder, TransportError> {
    let roots = options.extra_roots.iter().map(|pem| reqwest::Certificate::from_pem_bundle(pem.as_bytes()));
    let roots = roots.collect::<Result<Vec<_>, _>>().map_err(from_reqwest)?;
    Ok(client.tls_certs_merge(roots.into_iter().flatten()))
}

/// Plain http only, which an emulator on loopback needs no more than.
#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
fn with_tls(client: ClientBuilder, _: &Options) -> Result<ClientBuilder, TransportError> {
    Ok(client)
}
