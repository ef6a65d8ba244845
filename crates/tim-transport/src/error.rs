//! Why there is no answer.

use std::error::Error;
use std::fmt;

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request was never sent and never will be: its URL or an option of the transport is wrong.
    Setup,
    /// The connection was never made (name, connect, TLS), so the service did not see the request.
    Connect,
    /// The connection broke after that; the service may have done what was asked.
    Lost,
    /// The time was up; the service may have done what was asked.
    Timeout,
    /// The answer was longer than allowed; the service has probably done what was asked.
    TooLong,
}

/// There is no answer. Holds no URL, in itself or in its sources.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error in `phase`; `detail` must not hold a URL.
    pub fn new(phase: TransportErrorKind, detail: impl Into<String>) -> Self {
        Self { kind: phase, detail: detail.into(), source: None }
    }

    /// The same error with its cause, in whose whole chain there must be no URL.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// An error in `phase` from what a backend says; its innermost cause is the detail. There must be no URL in the chain.
    #[cfg(any(feature = "reqwest", feature = "ureq"))]
    pub(crate) fn caused_by(phase: TransportErrorKind, source: impl Error + Send + Sync + 'static) -> Self {
        let mut cause: &dyn Error = &source;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Self::new(phase, cause.to_string()).with_source(source)
    }

    /// The same error with another detail, which must not hold a URL.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same error without its cause.
    #[must_use]
    pub fn without_source(self) -> Self {
        Self { source: None, ..self }
    }

    /// What exactly went wrong; can be empty.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// How far the request came.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Setup => "the request could not be made",
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Lost => "the connection broke",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::TooLong => "the answer is too long",
        };
        if self.detail.is_empty() { f.write_str(what) } else { write!(f, "{what}: {}", self.detail) }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
