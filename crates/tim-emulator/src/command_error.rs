//! The errors of commands, and their responses.

use serde::Serialize;
use tim_types::{Envelope, ErrorCode};

use crate::redact::redact_str;
use crate::service::Service;

/// The reason why a command did not process a target or a call.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// The service rejects one target, or the call if it has no targets.
    Target(ErrorCode, String),
    /// The service rejects the whole call, even if only one target is the cause.
    Call(ErrorCode, String),
    /// The database failed. This is always the error of the whole call.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for CommandError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl CommandError {
    /// Returns this error. If `whole` is true, an error of a target becomes an error of the whole
    /// call.
    pub(crate) fn for_call_if(self, whole: bool) -> Self {
        match self {
            Self::Target(code, info) if whole => Self::Call(code, info),
            error => error,
        }
    }

    /// Returns the envelope with which `service` rejects the whole call.
    pub(crate) fn envelope(self, service: &Service) -> Envelope {
        let rejected = match self {
            Self::Target(code, info) | Self::Call(code, info) => Envelope::fail(code, info),
            Self::Database(error) => {
                Envelope::fail(service.internal, format!("the emulator's database failed: {error}"))
            }
        };
        for_service(service, rejected)
    }
}

/// Returns the envelope as `service` writes it, with or without `ErrorDisplay`.
pub(crate) fn for_service(service: &Service, envelope: Envelope) -> Envelope {
    Envelope { display: envelope.display.filter(|_| service.displays), ..envelope }
}

/// Returns the envelope of an error of the gateway, without `ErrorDisplay`. Redacts signatures: the
/// text can contain a part of the URL.
pub(crate) fn gateway_error(code: ErrorCode, info: impl Into<String>) -> Envelope {
    Envelope { display: None, ..Envelope::fail(code, redact_str(&info.into())) }
}

/// Returns a response as JSON text.
pub(crate) fn json(response: &impl Serialize) -> String {
    serde_json::to_string(response).unwrap_or_else(|_| {
        r#"{"ActionStatus":"FAIL","ErrorCode":60013,"ErrorInfo":"the emulator could not write its response"}"#
            .to_owned()
    })
}
