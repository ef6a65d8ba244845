//! TLS for both backends: one crypto provider, one list of trusted roots.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{Options, TransportError, TransportErrorKind};

/// The provider, named explicitly, so that nothing depends on what the process has installed. It is the one that comes
/// with reqwest: its build without a provider would make other users of reqwest in the same program panic.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Mozilla's roots, which come with the program so that an empty container can connect, and the user's own.
pub(crate) fn roots(options: &Options) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
    for pem in &options.extra_roots {
        for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.push(root.map_err(|error| {
                TransportError::new(TransportErrorKind::Setup, "an extra root certificate is not PEM")
                    .with_source(error)
            })?);
        }
    }
    Ok(roots)
}
