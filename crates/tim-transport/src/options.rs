//! What both backends can be told.

use std::time::Duration;

/// Settings of a transport, the same for both backends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long making a connection may take; 3 s by default, at most a day.
    pub connect_timeout: Duration,
    /// How many idle connections are kept for later; 64 by default.
    pub idle_connections: usize,
    /// Whether the proxy of the environment is used (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`); true by
    /// default. A proxy sees every plain `http` URL, and with it the signature.
    pub proxy_from_env: bool,
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
            proxy_from_env: true,
            user_agent: concat!("tim-transport/", env!("CARGO_PKG_VERSION")).to_owned(),
            extra_roots: Vec::new(),
        }
    }
}
