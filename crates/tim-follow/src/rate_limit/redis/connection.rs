//! The address of Redis, with or without TLS.

use redis::{Client, ConnectionAddr, IntoConnectionInfo as _};

use super::RedisLimiterError;

/// A client for this URL; it does not connect.
pub(super) fn open(url: &str) -> Result<Client, RedisLimiterError> {
    if is_tls(url) {
        prepare_tls()?;
    }
    let info = url.into_connection_info().map_err(|_| RedisLimiterError::InvalidUrl)?;
    if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
        return Err(RedisLimiterError::InvalidUrl);
    }
    Client::open(info).map_err(|_| RedisLimiterError::InvalidUrl)
}

/// Like [`open`], trusting only the certificates in `pem`.
#[cfg(feature = "redis-tls")]
pub(super) fn open_with_roots(url: &str, pem: &str) -> Result<Client, RedisLimiterError> {
    let unusable = |problem: &str| RedisLimiterError::RootCertificates { problem: problem.to_owned() };
    open(url)?;
    if !is_tls(url) {
        return Err(unusable("the Redis URL does not ask for TLS; use rediss://"));
    }
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(unusable("the text contains no certificate in PEM; convert it to PEM"));
    }
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem.as_bytes().to_vec()) };
    Client::build_with_tls(url, certificates).map_err(|_| unusable("a certificate is damaged; export it again as PEM"))
}

fn is_tls(url: &str) -> bool {
    let url = url.trim_start().to_ascii_lowercase();
    url.starts_with("rediss:") || url.starts_with("valkeys:")
}

/// Makes sure that the process has a crypto provider: the redis crate uses the default one, and
/// panics if rustls cannot choose.
#[cfg(feature = "redis-tls")]
fn prepare_tls() -> Result<(), RedisLimiterError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one in the meantime.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    Ok(())
}

#[cfg(not(feature = "redis-tls"))]
fn prepare_tls() -> Result<(), RedisLimiterError> {
    Err(RedisLimiterError::TlsDisabled)
}
