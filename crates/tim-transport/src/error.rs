//! Errors of a transport.

use std::error::Error;
use std::fmt;

/// The kind of a [`TransportError`]: how far the request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request cannot be sent: its URL or an option of the transport is invalid.
    Setup,
    /// No connection was made (host name, TCP, proxy or TLS handshake failed), so the service did
    /// not receive the request.
    Connect,
    /// No connection was made, because the certificate of the server is not trusted: its root is
    /// unknown, it is for another name, or it has expired. The service did not receive the request.
    /// The transports of this crate report it with the feature `rustls`; with `native-tls` it is
    /// [`Connect`](Self::Connect).
    Certificate,
    /// The connection broke after it was made. The service may have processed the request.
    Lost,
    /// The time limit passed. The service may have processed the request.
    Timeout,
    /// The response is longer than allowed. The service has probably processed the request.
    TooLong,
}

/// What happened, in a few words, for example `no connection`.
impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setup => "the request could not be created",
            Self::Connect => "no connection",
            Self::Certificate => "the certificate is not trusted",
            Self::Lost => "the connection broke",
            Self::Timeout => "no response in time",
            Self::TooLong => "the response is too long",
        })
    }
}

/// Why a request got no response.
///
/// `Display` shows the kind, and the [detail](Self::detail) only if there is no
/// [source](Error::source): a program that prints the chain of sources shows each cause once.
/// Neither the error nor its sources contain the URL.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind. `detail` says what exactly went wrong; it must not contain the URL.
    pub fn new(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// Sets the cause. Neither `source` nor its own sources may contain the URL.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// An error of this kind with a cause from a backend. The innermost cause becomes the detail.
    /// `Connect` becomes `Certificate` if rustls did not trust a certificate. The chain must not
    /// contain the URL.
    #[cfg(any(feature = "reqwest", feature = "ureq"))]
    pub(crate) fn caused_by(kind: TransportErrorKind, source: impl Error + Send + Sync + 'static) -> Self {
        let mut cause: &dyn Error = &source;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        #[cfg(feature = "rustls")]
        let kind = match kind {
            TransportErrorKind::Connect if is_about_certificate(&source) => TransportErrorKind::Certificate,
            kind => kind,
        };
        Self::new(kind, cause.to_string()).with_source(source)
    }

    /// Replaces the detail. It must not contain the URL.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Removes the cause.
    #[must_use]
    pub fn without_source(self) -> Self {
        Self { source: None, ..self }
    }

    /// What exactly went wrong, for example the text of the innermost cause. Can be empty.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The kind of the error.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.source.is_some() || self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Whether rustls did not trust a certificate.
#[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "ureq")))]
fn is_about_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // `source` of an IO error skips the error that it wraps.
        let wrapped = error.downcast_ref().and_then(std::io::Error::get_ref);
        cause = wrapped.map(|wrapped| wrapped as _).or_else(|| error.source());
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_cause_is_the_source_and_not_in_the_text() {
        let error = TransportError::new(TransportErrorKind::Lost, "reset by peer");
        assert_eq!(error.to_string(), "the connection broke: reset by peer");
        let error = error.with_source(io::Error::other("reset by peer"));
        assert_eq!(error.to_string(), "the connection broke");
        assert_eq!(error.detail(), "reset by peer");
        assert_eq!(error.source().unwrap().to_string(), "reset by peer");
        assert_eq!(error.without_source().to_string(), "the connection broke: reset by peer");
    }

    #[cfg(any(feature = "reqwest", feature = "ureq"))]
    #[test]
    fn the_detail_is_the_innermost_cause() {
        let inner = TransportError::new(TransportErrorKind::Lost, "").with_source(io::Error::other("reset"));
        let error = TransportError::caused_by(TransportErrorKind::Connect, inner);
        assert_eq!((error.detail(), error.to_string().as_str()), ("reset", "no connection"));
    }

    #[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "ureq")))]
    #[test]
    fn a_certificate_that_rustls_does_not_trust_has_its_own_kind() {
        let kind = |kind, error| {
            let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error));
            TransportError::caused_by(kind, TransportError::new(kind, "").with_source(wrapped)).kind()
        };
        let expired = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        assert_eq!(kind(TransportErrorKind::Connect, expired.clone()), TransportErrorKind::Certificate);
        assert_eq!(kind(TransportErrorKind::Lost, expired), TransportErrorKind::Lost);
        assert_eq!(kind(TransportErrorKind::Connect, rustls::Error::DecryptError), TransportErrorKind::Connect);
    }
}
