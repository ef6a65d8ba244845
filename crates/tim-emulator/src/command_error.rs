//! Why a call, or one target of it, was not done; and how that is written.

use serde::Serialize;
use tim_types::{Envelope, ErrorCode};

use crate::service::Service;

/// Why a service did not do what was asked. Where it is caught decides whether it is the call or one target.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// The service says no.
    Target(ErrorCode, String),
    /// The service says no to the whole call, even when only one target is at fault.
    Call(ErrorCode, String),
    /// The database failed; never the fault of one target.
    Store(rusqlite::Error),
}

impl From<rusqlite::Error> for CommandError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl CommandError {
    /// The same, for the whole call when `whole`.
    pub(crate) fn for_call_if(self, whole: bool) -> Self {
        match self {
            Self::Target(code, info) if whole => Self::Call(code, info),
            refusal => refusal,
        }
    }

    /// The envelope with which `service` refuses the whole call.
    pub(crate) fn envelope(self, service: &Service) -> Envelope {
        let refused = match self {
            Self::Target(code, info) | Self::Call(code, info) => Envelope::fail(code, info),
            Self::Store(error) => Envelope::fail(service.internal, format!("the database of the emulator: {error}")),
        };
        for_service(service, refused)
    }
}

/// The envelope as `service` writes it.
pub(crate) fn for_service(service: &Service, envelope: Envelope) -> Envelope {
    Envelope { display: envelope.display.filter(|_| service.displays), ..envelope }
}

/// A refusal of the gateway, which writes no `ErrorDisplay`.
pub(crate) fn gateway_error(code: ErrorCode, info: impl Into<String>) -> Envelope {
    Envelope { display: None, ..Envelope::fail(code, info) }
}

/// An answer as it travels.
pub(crate) fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| {
        r#"{"ActionStatus":"FAIL","ErrorCode":60013,"ErrorInfo":"the emulator could not write its answer"}"#.to_owned()
    })
}
