//! The root certificates that both backends trust, and the crypto provider of rustls.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::{Options, Roots, TransportError, TransportErrorKind};

/// The crypto provider. Named explicitly, so that nothing depends on the default of the process.
///
/// It is the one that reqwest's feature `rustls` selects. reqwest's feature without a provider
/// would make other users of reqwest in the same program panic.
#[cfg(feature = "rustls")]
pub(crate) fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// All root certificates that the options select. Those of the system may be invalid.
pub(crate) fn roots(options: &Options) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let (mut roots, reason) = match options.roots {
        Roots::Mozilla => (webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec(), None::<String>),
        // Unreadable files are skipped, as OpenSSL does.
        #[cfg(feature = "system-roots")]
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            (found.certs, found.errors.first().map(ToString::to_string))
        }
        Roots::ExtraOnly => (Vec::new(), None),
    };
    roots.extend(extra_roots(options)?);
    if roots.is_empty() {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        return Err(setup(format!("no root certificates{reason}: add one to `extra_roots`, or choose other `roots`")));
    }
    Ok(roots)
}

/// The root certificates in `Options::extra_roots`.
pub(crate) fn extra_roots(options: &Options) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let mut roots = Vec::new();
    for (index, pem) in options.extra_roots.iter().enumerate() {
        let invalid = |reason: &str| setup(format!("invalid root certificate {index} of `extra_roots`: {reason}"));
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let certificates = certificates.map_err(|error| invalid(&error.to_string()))?;
        if certificates.is_empty() {
            return Err(invalid("expected a certificate in PEM"));
        }
        // ureq would leave such a certificate out.
        #[cfg(feature = "rustls")]
        for certificate in &certificates {
            let added = rustls::RootCertStore::empty().add(certificate.clone());
            added.map_err(|error| invalid(&error.to_string()))?;
        }
        roots.extend(certificates);
    }
    Ok(roots)
}

fn setup(problem: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_own_roots_are_an_error_that_names_their_position() {
        for pem in ["", "not PEM", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            let options = Options::default().add_root_certificate(pem);
            let error = roots(&options).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Setup);
            let text = error.to_string();
            assert!(text.contains("invalid root certificate 0 of `extra_roots`"), "{text}");
        }
    }

    #[test]
    fn a_transport_without_roots_is_an_error() {
        let error = roots(&Options::default().roots(Roots::ExtraOnly)).unwrap_err();
        assert!(error.to_string().contains("no root certificates"), "{error}");
    }
}
