//! The blocking backend.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use ureq::config::Config;
use ureq::http::{HeaderValue, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, Error, Proxy, Timeout};

use crate::proxy::Proxies;
use crate::{BlockingTransport, ClockReading, Options, Request, Response, TransportError, TransportErrorKind};

/// How much of a request or an answer a connection holds at once, in bytes.
const BUFFER: usize = 16 * 1024;

/// Sends with ureq on the calling thread, without a runtime. Keeps connections; follows no redirect and repeats nothing.
///
/// Inside an asynchronous program it blocks the thread it is called on: call it through the runtime's `spawn_blocking`.
#[derive(Debug, Clone)]
pub struct UreqTransport {
    agent: Agent,
    proxies: Arc<Proxies<Proxy>>,
}

impl UreqTransport {
    /// A transport with these options.
    ///
    /// # Errors
    /// [`TransportErrorKind::Setup`] when an option cannot be used.
    pub fn new(options: &Options) -> Result<Self, TransportError> {
        let env = |name: &str| std::env::var(name).ok();
        let proxies = Arc::new(Proxies::new(&options.proxy, env, |url| Proxy::new(url).ok())?);
        if HeaderValue::from_str(&options.user_agent).is_err() {
            return Err(TransportError::new(TransportErrorKind::Setup, "the user agent cannot be a header"));
        }
        let config = Agent::config_builder()
            // Each request names its own.
            .proxy(None)
            .timeout_resolve(Some(options.connect_timeout.min(Request::MAX_TIMEOUT)))
            .timeout_connect(Some(options.connect_timeout.min(Request::MAX_TIMEOUT)))
            .max_idle_connections(options.idle_connections)
            .max_idle_connections_per_host(options.idle_connections)
            .user_agent(&options.user_agent)
            // A quarter of a megabyte a connection otherwise, and a batch has many; a call has a few kilobytes.
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false);
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        let config = config.tls_config(tls_config(options)?);
        let agent = Agent::with_parts(config.build(), Connecting::default(), Resolver::default());
        Ok(Self { agent, proxies })
    }
}

impl BlockingTransport for UreqTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let proxy = self.proxies.of_url(request.expose_url())?.cloned();
        let sending = self.agent.post(request.expose_url()).config();
        let sending = sending.proxy(proxy).timeout_global(Some(request.time_limit())).build();
        let sending = sending.header("Content-Type", "application/json");
        let mut response = sending.send(request.body()).map_err(from_ureq)?;

        let limit = request.response_limit();
        // ureq rejects a body that has as many bytes as its limit.
        let body = response.body_mut().with_config().limit(limit.saturating_add(1)).read_to_vec();
        let body = match body {
            Err(Error::BodyExceedsLimit(_)) => None,
            body => Some(body.map_err(from_ureq)?).filter(|body| body.len() as u64 <= limit),
        };
        let too_long = || TransportError::new(TransportErrorKind::TooLong, format!("over {limit} bytes"));
        let body = body.ok_or_else(too_long)?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let answer = Response::new(response.status().as_u16(), body);
        Ok(answer.retry_after(header("Retry-After")).date(header("Date")))
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn now(&self) -> ClockReading {
        ClockReading::system()
    }
}

/// Makes connections, and marks its errors: only here is it certain that the service has not seen the request.
#[derive(Debug, Default)]
struct Connecting(DefaultConnector);

impl Connector for Connecting {
    type Out = <DefaultConnector as Connector>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            // The TLS settings of each request are those of the agent. Otherwise ureq would make them anew, with every
            // root certificate, for each connection.
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained).map_err(|error| match error {
            // Through a proxy this runs twice, one in the other. A timeout says itself which time was up.
            Error::Other(_) | Error::Timeout(_) | Error::BadUri(_) | Error::InvalidProxyUrl => error,
            error => Error::Other(Box::new(NotConnected(error))),
        })
    }
}

/// An error before there was a connection.
#[derive(Debug)]
struct NotConnected(Error);

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotConnected {}

/// Says of a name that does not resolve that it was not found; the standard library has no error of its own for it, which
/// would then look like a connection that broke.
#[derive(Debug, Default)]
struct Resolver(DefaultResolver);

impl ureq::unversioned::resolver::Resolver for Resolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(|error| match error {
            Error::Io(_) => Error::HostNotFound,
            error => error,
        })
    }
}

/// The only way from a ureq error to one of ours: it drops the ones that quote the URL.
fn from_ureq(error: Error) -> TransportError {
    let phase = match error {
        Error::Other(other) => match other.downcast::<NotConnected>() {
            Ok(error) => return caused_by(TransportErrorKind::Connect, error.0),
            Err(other) => return caused_by(TransportErrorKind::Lost, Error::Other(other)),
        },
        Error::BadUri(_) | Error::Http(_) | Error::InvalidProxyUrl => {
            return TransportError::new(TransportErrorKind::Setup, "the URL cannot be used");
        }
        Error::BodyExceedsLimit(_) => return TransportError::new(TransportErrorKind::TooLong, ""),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) | Error::HostNotFound | Error::TlsRequired => {
            TransportErrorKind::Connect
        }
        Error::Timeout(_) => TransportErrorKind::Timeout,
        Error::Io(ref error) if error.kind() == io::ErrorKind::TimedOut => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Lost,
    };
    caused_by(phase, error)
}

fn caused_by(phase: TransportErrorKind, error: Error) -> TransportError {
    match error {
        // ureq's own error does not name this one as its cause.
        Error::Io(error) => TransportError::caused_by(phase, error),
        error => TransportError::caused_by(phase, error),
    }
}

#[cfg(feature = "rustls")]
fn tls_config(options: &Options) -> Result<ureq::tls::TlsConfig, TransportError> {
    use ureq::tls::{Certificate, RootCerts, TlsConfig};
    let roots = crate::tls::roots(options)?;
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(crate::tls::provider())
        .root_certs(RootCerts::new_with_certs(&roots))
        .build())
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn tls_config(options: &Options) -> Result<ureq::tls::TlsConfig, TransportError> {
    use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
    let config = TlsConfig::builder().provider(TlsProvider::NativeTls);
    if options.extra_roots.is_empty() {
        return Ok(config.root_certs(RootCerts::PlatformVerifier).build());
    }
    // ureq takes either the system's roots or a list, so the list has to name the public ones too.
    let mut roots: Vec<_> =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| Certificate::from_der(root)).collect();
    for item in options.extra_roots.iter().flat_map(|pem| parse_pem(pem.as_bytes())) {
        match item {
            Ok(PemItem::Certificate(root)) => roots.push(root),
            Ok(_) => {}
            Err(error) => {
                let problem = "an extra root certificate is not PEM";
                return Err(TransportError::new(TransportErrorKind::Setup, problem).with_source(error));
            }
        }
    }
    Ok(config.root_certs(RootCerts::new_with_certs(&roots)).build())
}
