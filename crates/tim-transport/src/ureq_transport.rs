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

/// The size of the input and the output buffer of a connection, in bytes.
const BUFFER: usize = 16 * 1024;

/// Sends requests with ureq on the calling thread, without a runtime. Reuses connections. Does not
/// follow redirects and does not retry.
///
/// It blocks the calling thread. In an asynchronous program, call it in `spawn_blocking` or the
/// like.
#[derive(Debug, Clone)]
pub struct UreqTransport {
    agent: Agent,
    proxies: Arc<Proxies<Proxy>>,
}

impl UreqTransport {
    /// Creates a transport with these options.
    ///
    /// # Errors
    /// [`TransportErrorKind::Setup`] if an option is invalid.
    pub fn new(options: &Options) -> Result<Self, TransportError> {
        let env = |name: &str| std::env::var(name).ok();
        let proxies = Arc::new(Proxies::new(&options.proxy, env, |url| Proxy::new(url).ok())?);
        if HeaderValue::from_str(&options.user_agent).is_err() {
            return Err(TransportError::new(TransportErrorKind::Setup, "the user agent is not a valid header value"));
        }
        let config = Agent::config_builder()
            // Set for each request.
            .proxy(None)
            .timeout_resolve(Some(options.connect_timeout.min(Request::MAX_TIMEOUT)))
            .timeout_connect(Some(options.connect_timeout.min(Request::MAX_TIMEOUT)))
            .max_idle_connections(options.idle_connections)
            .max_idle_connections_per_host(options.idle_connections)
            .user_agent(&options.user_agent)
            // The default buffers take a quarter of a megabyte for each connection, and a batch has
            // many connections. A call needs a few kilobytes.
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
        let proxy = self.proxies.for_url(request.expose_url())?.cloned();
        let sending = self.agent.post(request.expose_url()).config();
        let sending = sending.proxy(proxy).timeout_global(Some(request.time_limit())).build();
        let sending = sending.header("Content-Type", "application/json");
        let mut received = sending.send(request.body()).map_err(from_ureq)?;

        let limit = request.response_limit();
        // ureq rejects a body of exactly its limit.
        let body = received.body_mut().with_config().limit(limit.saturating_add(1)).read_to_vec();
        let body = match body {
            Err(Error::BodyExceedsLimit(_)) => None,
            body => Some(body.map_err(from_ureq)?).filter(|body| body.len() as u64 <= limit),
        };
        let too_long = || TransportError::new(TransportErrorKind::TooLong, format!("over {limit} bytes"));
        let body = body.ok_or_else(too_long)?;
        let header = |name: &str| received.headers().get(name).and_then(|value| value.to_str().ok());
        let response = Response::new(received.status().as_u16(), body);
        Ok(response.retry_after(header("Retry-After")).date(header("Date")))
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn now(&self) -> ClockReading {
        ClockReading::system()
    }
}

/// Makes connections and marks their errors as [`NotConnected`]: after such an error it is certain
/// that the service has not received the request.
#[derive(Debug, Default)]
struct Connecting(DefaultConnector);

impl Connector for Connecting {
    type Out = <DefaultConnector as Connector>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            // Uses the TLS settings of the agent. With settings of the request, ureq would build
            // them again for each connection, with every root certificate.
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained).map_err(|error| match error {
            // With a proxy, this function is called recursively, so the error can be marked
            // already. `from_ureq` decides about the other errors.
            Error::Other(_) | Error::Timeout(_) | Error::BadUri(_) | Error::InvalidProxyUrl => error,
            error => Error::Other(Box::new(NotConnected(error))),
        })
    }
}

/// An error before a connection was made.
#[derive(Debug)]
struct NotConnected(Error);

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotConnected {}

/// Reports a name that does not resolve as `HostNotFound`. The standard library reports an error
/// without a kind of its own, which would look like a broken connection.
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

/// Converts a ureq error, and drops the cause if it can contain the URL. Every error of ureq goes
/// through here.
fn from_ureq(error: Error) -> TransportError {
    let kind = match error {
        Error::Other(other) => match other.downcast::<NotConnected>() {
            Ok(error) => return caused_by(TransportErrorKind::Connect, error.0),
            Err(other) => return caused_by(TransportErrorKind::Lost, Error::Other(other)),
        },
        Error::BadUri(_) | Error::Http(_) | Error::InvalidProxyUrl => {
            return TransportError::new(TransportErrorKind::Setup, "the URL is invalid");
        }
        Error::BodyExceedsLimit(_) => return TransportError::new(TransportErrorKind::TooLong, ""),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) | Error::HostNotFound | Error::TlsRequired => {
            TransportErrorKind::Connect
        }
        Error::Timeout(_) => TransportErrorKind::Timeout,
        Error::Io(ref error) if error.kind() == io::ErrorKind::TimedOut => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Lost,
    };
    caused_by(kind, error)
}

fn caused_by(kind: TransportErrorKind, error: Error) -> TransportError {
    match error {
        // `source()` of ureq's error does not return the IO error.
        Error::Io(error) => TransportError::caused_by(kind, error),
        error => TransportError::caused_by(kind, error),
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn tls_config(options: &Options) -> Result<ureq::tls::TlsConfig, TransportError> {
    let config = ureq::tls::TlsConfig::builder();
    #[cfg(feature = "rustls")]
    let config = config.unversioned_rustls_crypto_provider(crate::tls::provider());
    #[cfg(not(feature = "rustls"))]
    let config = config.provider(ureq::tls::TlsProvider::NativeTls);
    Ok(config.root_certs(root_certs(options)?).build())
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn root_certs(options: &Options) -> Result<ureq::tls::RootCerts, TransportError> {
    use ureq::tls::{Certificate, RootCerts};
    // ureq cannot add roots to those of the TLS library. So if there are extra roots, all roots
    // are listed.
    #[cfg(not(feature = "rustls"))]
    if options.roots == crate::Roots::System && options.extra_roots.is_empty() {
        return Ok(RootCerts::PlatformVerifier);
    }
    let roots: Vec<_> = crate::tls::roots(options)?.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    Ok(RootCerts::new_with_certs(&roots))
}
