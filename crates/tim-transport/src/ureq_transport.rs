//! The blocking backend.

use std::io;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error, Proxy, Timeout};

use crate::{BlockingTransport, Moment, Options, Phase, Request, Response, TransportError};

/// How much of a request or an answer a connection holds at once, in bytes.
const BUFFER: usize = 16 * 1024;

/// Sends with ureq on the calling thread, without a runtime. Keeps connections; follows no redirect and repeats nothing.
///
/// Inside an asynchronous program it blocks the thread it is called on: call it through the runtime's `spawn_blocking`.
#[derive(Debug, Clone)]
pub struct UreqTransport {
    agent: Agent,
}

impl UreqTransport {
    /// A transport with these options.
    ///
    /// # Errors
    /// [`Phase::Setup`] when an option cannot be used.
    pub fn new(options: &Options) -> Result<Self, TransportError> {
        let proxy = if options.proxy_from_env { Proxy::try_from_env() } else { None };
        let config = Agent::config_builder()
            .proxy(proxy)
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
        Ok(Self { agent: Agent::with_parts(config.build(), DefaultConnector::default(), Resolver::default()) })
    }
}

impl BlockingTransport for UreqTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sending = self.agent.post(request.expose_url()).config().timeout_global(Some(request.time_limit())).build();
        let sending = sending.header("Content-Type", "application/json");
        let mut response = sending.send(request.body()).map_err(from_ureq)?;

        let body = response.body_mut().with_config().limit(request.answer_limit()).read_to_vec().map_err(from_ureq)?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let answer = Response::new(response.status().as_u16(), body);
        Ok(answer.retry_after(header("Retry-After")).date(header("Date")))
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn now(&self) -> Moment {
        Moment::system()
    }
}

/// The only way from a ureq error to one of ours: it drops the ones that quote the URL.
fn from_ureq(error: Error) -> TransportError {
    let phase = match &error {
        Error::BadUri(_) | Error::Http(_) | Error::InvalidProxyUrl => {
            return TransportError::new(Phase::Setup, "the URL cannot be used");
        }
        Error::BodyExceedsLimit(limit) => {
            return TransportError::new(Phase::TooLong, format!("over {limit} bytes"));
        }
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => Phase::Connect,
        Error::Timeout(_) => Phase::Timeout,
        Error::HostNotFound | Error::ConnectionFailed | Error::Tls(_) => Phase::Connect,
        #[cfg(feature = "rustls")]
        Error::Rustls(_) => Phase::Connect,
        Error::Io(error) => phase_of(error),
        _ => Phase::Lost,
    };
    match error {
        // ureq's own error does not name this one as its cause.
        Error::Io(error) => TransportError::caused_by(phase, error),
        error => TransportError::caused_by(phase, error),
    }
}

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

fn phase_of(error: &io::Error) -> Phase {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, InvalidData, NetworkDown, NetworkUnreachable, TimedOut,
    };
    match error.kind() {
        // The handshake reports a refused certificate as invalid data.
        InvalidData | ConnectionRefused | HostUnreachable | NetworkUnreachable | NetworkDown | AddrNotAvailable => {
            Phase::Connect
        }
        TimedOut => Phase::Timeout,
        _ => Phase::Lost,
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
    use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
    let config = TlsConfig::builder().provider(TlsProvider::NativeTls);
    if options.extra_roots.is_empty() {
        return Ok(config.root_certs(RootCerts::PlatformVerifier).build());
    }
    // ureq takes either the system's roots or a list, so the list has to name the public ones too.
    let mut roots: Vec<_> =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| Certificate::from_der(root)).collect();
    for pem in &options.extra_roots {
        roots.push(Certificate::from_pem(pem.as_bytes()).map_err(|error| {
            TransportError::new(Phase::Setup, "an extra root certificate is not PEM").with_source(error)
        })?);
    }
    Ok(config.root_certs(RootCerts::new_with_certs(&roots)).build())
}
