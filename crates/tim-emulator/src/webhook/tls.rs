//! HTTPS connections to receivers.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use super::failure::Failure;

/// Root certificates in PEM, besides those of the system.
#[derive(Clone, Default)]
pub(super) struct ExtraRoots(Vec<String>);

impl ExtraRoots {
    pub(super) fn add(&mut self, pem: String) {
        self.0.push(pem);
    }

    /// Adds the certificates to `store`. Other sections of the PEM text are ignored.
    fn add_to(&self, store: &mut RootCertStore) -> Result<(), String> {
        for pem in &self.0 {
            let mut found = 0;
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                found += 1;
                let added = certificate
                    .map_err(|error| error.to_string())
                    .and_then(|certificate| store.add(certificate).map_err(|error| error.to_string()));
                added.map_err(|reason| format!("its root certificate {found} is invalid: {reason}"))?;
            }
            if found == 0 {
                return Err("its root certificates have none in PEM, which starts with `-----BEGIN CERTIFICATE-----`"
                    .to_owned());
            }
        }
        Ok(())
    }
}

/// Omits the text, which can contain a private key by mistake.
impl fmt::Debug for ExtraRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} texts]", self.0.len())
    }
}

/// Performs the TLS handshakes with one receiver.
pub(super) struct TlsClient {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsClient {
    /// Reads the root certificates, or returns why they or the host are invalid.
    pub(super) fn new(host: &str, extra: &ExtraRoots) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| "its host is neither a DNS name nor an IP address".to_owned())?;
        let system = SystemRoots::get();
        let mut store = system.store.clone();
        extra.add_to(&mut store)?;
        if store.is_empty() {
            let reason = system.problem.as_ref().map(|problem| format!(" ({problem})")).unwrap_or_default();
            return Err(format!("the system has no root certificates{reason}: give those of the receiver"));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let mut config = config.with_root_certificates(store).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { connector: Arc::new(config).into(), name })
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        let secured = self.connector.connect(self.name.clone(), stream).await;
        secured.map_err(|error| Failure::broken(format!("the TLS handshake failed: {error}{}", hint(&error))))
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns what to do about an error of the handshake.
fn hint(error: &io::Error) -> &'static str {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "; give the emulator the root certificate of the receiver"
        }
        Some(Error::InvalidMessage(_)) => "; use http:// if the receiver has no TLS",
        _ => "",
    }
}

/// The root certificates of the system. They are read once, because a system has many.
struct SystemRoots {
    store: RootCertStore,
    /// The reason why a file was not read.
    problem: Option<String>,
}

impl SystemRoots {
    fn get() -> &'static Self {
        static ROOTS: OnceLock<SystemRoots> = OnceLock::new();
        ROOTS.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            let mut store = RootCertStore::empty();
            // Invalid certificates are skipped, as OpenSSL does.
            store.add_parsable_certificates(found.certs);
            Self { store, problem: found.errors.first().map(ToString::to_string) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(pem: &str) -> String {
        let mut extra = ExtraRoots::default();
        extra.add(pem.to_owned());
        assert_eq!(format!("{extra:?}"), "[1 texts]");
        TlsClient::new("localhost", &extra).unwrap_err()
    }

    #[test]
    fn invalid_root_certificates_are_an_error() {
        for pem in ["", "text", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(error(pem).contains("none in PEM"), "{pem}");
        }
        for body in ["!", "AAAA"] {
            let error = error(&format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"));
            assert!(error.starts_with("its root certificate 1 is invalid: "), "{error}");
        }
    }

    #[test]
    fn a_host_that_no_certificate_can_have_is_an_error() {
        let error = TlsClient::new("a..b", &ExtraRoots::default()).unwrap_err();
        assert!(error.contains("neither a DNS name nor an IP address"), "{error}");
    }
}
