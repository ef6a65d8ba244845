//! Why an attempt failed.

use std::error::Error;

/// The reason why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    pub(super) reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// No complete response in time.
    TimedOut,
    /// The connection could not be opened, or ended before the end of the response.
    Broken,
    /// A connection that was open for an earlier webhook ended before the response.
    KeptBroken,
    /// The response is not the expected one.
    BadResponse,
}

impl Failure {
    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self { kind: FailureKind::Broken, reason: reason.into() }
    }

    /// Returns the failure for a connection that was open for an earlier webhook.
    pub(super) fn of_kept_connection(self) -> Self {
        match self.kind {
            FailureKind::Broken => Self { kind: FailureKind::KeptBroken, ..self },
            _ => self,
        }
    }

    pub(super) fn bad_response(reason: impl Into<String>) -> Self {
        Self { kind: FailureKind::BadResponse, reason: reason.into() }
    }
}

/// Returns the text of an error. The text of hyper does not contain the error of the connection.
pub(super) fn reason(error: &hyper::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
