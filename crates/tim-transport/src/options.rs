//! What both backends can be told.

use std::time::Duration;

use crate::Proxy;

/// Settings of a transport, the same for both backends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long making a connection may take, the name, the proxy and TLS included; 3 s by default, at most a day.
    ///
    /// Give it less than a request may take: a request whose own time is up while it connects counts as
    /// [`TransportErrorKind::Timeout`](crate::TransportErrorKind::Timeout), so the client does not go to the backup host.
    pub connect_timeout: Duration,
    /// How many idle connections are kept for later; 64 by default.
    pub idle_connections: usize,
    /// Which proxy requests go through; the one of the environment by default.
    pub proxy: Proxy,
    /// What the transport calls itself.
    pub user_agent: String,
    /// Certificates to trust besides the public ones, each in PEM.
    pub extra_roots: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_connections: 64,
            proxy: Proxy::FromEnv,
            user_agent: concat!("tim-transport/", env!("CARGO_PKG_VERSION")).to_owned(),
            extra_roots: Vec::new(),
        }
    }
}

impl Options {
    /// The same options with this proxy.
    ///
    /// ```
    /// use tim_transport::{Options, Proxy};
    ///
    /// let options = Options::default().proxy(Proxy::Url("http://me:secret@proxy.example:3128".to_owned()));
    /// assert!(!format!("{options:?}").contains("secret"));
    /// ```
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }
}
