//! Options of both backends.

use std::time::Duration;

use crate::Proxy;

/// Which root certificates a transport trusts besides [`Options::extra_roots`].
///
/// All choices work with `rustls` and with `native-tls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Roots {
    /// Mozilla's list, which is compiled into the program. It needs no files, so it works in an
    /// empty container. The default, except in a build where TLS is `native-tls`.
    Mozilla,
    /// The root certificates of the operating system. The default in a build where TLS is
    /// `native-tls`.
    ///
    /// With `native-tls`, the TLS library of the system uses its own roots. With `rustls`, the list
    /// is read when the transport is made; on Unix, `SSL_CERT_FILE` and `SSL_CERT_DIR` replace it.
    #[cfg(feature = "system-roots")]
    System,
    /// No other root certificates: only [`Options::extra_roots`].
    ExtraOnly,
}

impl Default for Roots {
    fn default() -> Self {
        #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
        return Self::System;
        #[cfg(not(all(feature = "native-tls", not(feature = "rustls"))))]
        return Self::Mozilla;
    }
}

/// Settings of a transport, the same for both backends.
///
/// ```
/// use std::time::Duration;
/// use tim_transport::{Options, Proxy};
///
/// let options = Options::default()
///     .connect_timeout(Duration::from_secs(1))
///     .proxy(Proxy::Url("http://me:secret@proxy.example:3128".to_owned()));
/// assert!(!format!("{options:?}").contains("secret"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long connecting may take, including the host name, the proxy and the TLS handshake.
    /// 3 s by default, at most a day.
    ///
    /// Keep it shorter than the time limit of a request. If the time limit passes first, the error
    /// is a [`TransportErrorKind::Timeout`](crate::TransportErrorKind::Timeout) and the client does
    /// not call the backup host.
    pub connect_timeout: Duration,
    /// How many idle connections are kept for reuse; 64 by default.
    pub idle_connections: usize,
    /// The proxy of the requests; by default, the one in the environment variables.
    pub proxy: Proxy,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Which root certificates are trusted besides `extra_roots`.
    pub roots: Roots,
    /// Further root certificates, in PEM. Each text can contain several.
    pub extra_roots: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_connections: 64,
            proxy: Proxy::FromEnv,
            user_agent: concat!("tim-transport/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Roots::default(),
            extra_roots: Vec::new(),
        }
    }
}

impl Options {
    /// Sets [`connect_timeout`](Self#structfield.connect_timeout).
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Sets [`idle_connections`](Self#structfield.idle_connections).
    #[must_use]
    pub fn idle_connections(self, idle_connections: usize) -> Self {
        Self { idle_connections, ..self }
    }

    /// Sets [`proxy`](Self#structfield.proxy).
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }

    /// Sets [`user_agent`](Self#structfield.user_agent).
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// Sets [`roots`](Self#structfield.roots).
    #[must_use]
    pub fn roots(self, roots: Roots) -> Self {
        Self { roots, ..self }
    }

    /// Adds a PEM text to [`extra_roots`](Self#structfield.extra_roots).
    #[must_use]
    pub fn add_root_certificate(mut self, pem: impl Into<String>) -> Self {
        self.extra_roots.push(pem.into());
        self
    }
}
