//! Why a call or one of its targets was not processed, and how the service writes it.

use serde::Serialize;
use tim_types::{Envelope, ErrorCode};

use crate::service::Service;

/// Why a command did not process a target or a call.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// The service rejects a target; without targets, the call.
    Target(ErrorCode, String),
    /// The service rejects the whole call, even if only one target is the cause.
    Call(ErrorCode, String),
    /// The database failed; never the error of one target.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for CommandError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl CommandError {
    /// Makes the error of a target one of the whole call if `whole`.
    pub(crate) fn for_call_if(self, whole: bool) -> Self {
        match self {
            Self::Target(code, info) if whole => Self::Call(code, info),
            error => error,
        }
    }

    /// The envelope with which `service` rejects the whole call.
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

/// The envelope as `service` writes it.
pub(crate) fn for_service(service: &Service, envelope: Envelope) -> Envelope {
    Envelope { display: envelope.display.filter(|_| service.displays), ..envelope }
}

/// The envelope of an error of the gateway, which writes no `ErrorDisplay`.
pub(crate) fn gateway_error(code: ErrorCode, info: impl Into<String>) -> Envelope {
    Envelope { display: None, ..Envelope::fail(code, info) }
}

/// A response as JSON text.
pub(crate) fn json(response: &impl Serialize) -> String {
    serde_json::to_string(response).unwrap_or_else(|_| {
        r#"{"ActionStatus":"FAIL","ErrorCode":60013,"ErrorInfo":"the emulator could not write its response"}"#
            .to_owned()
    })
}
