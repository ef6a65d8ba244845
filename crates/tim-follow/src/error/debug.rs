//! `Debug` of [`ErrorKind`], which shows texts of the service as [`Printable`] does.

use std::fmt;

use tim_types::Printable;

use super::{Error, ErrorKind};

/// The message, so that `unwrap` and a `main` that returns an error show it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => f.debug_tuple("Invalid").field(error).finish(),
            Self::InvalidCall(problem) => f.debug_tuple("InvalidCall").field(problem).finish(),
            Self::Signing(error) => f.debug_tuple("Signing").field(error).finish(),
            Self::Transport(error) => f.debug_tuple("Transport").field(error).finish(),
            Self::Http { status, body_bytes, retry_after } => f
                .debug_struct("Http")
                .field("status", status)
                .field("body_bytes", body_bytes)
                .field("retry_after", retry_after)
                .finish(),
            Self::Decode { status, body_bytes, source } => f
                .debug_struct("Decode")
                .field("status", status)
                .field("body_bytes", body_bytes)
                .field("source", source)
                .finish(),
            Self::Api { code, info, display, request_id, fresh_signature } => f
                .debug_struct("Api")
                .field("code", code)
                .field("info", &Printable(info))
                .field("display", &display.as_deref().map(Printable))
                .field("request_id", &request_id.as_deref().map(Printable))
                .field("fresh_signature", fresh_signature)
                .finish(),
            Self::RateLimited { wait } => f.debug_struct("RateLimited").field("wait", wait).finish(),
            Self::LimiterUnavailable { reason } => {
                f.debug_struct("LimiterUnavailable").field("reason", &Printable(reason)).finish()
            }
            Self::Deadline => f.write_str("Deadline"),
            Self::Stopped => f.write_str("Stopped"),
            Self::ContradictingItems => f.write_str("ContradictingItems"),
            Self::MissingItem => f.write_str("MissingItem"),
            Self::CursorStuck => f.write_str("CursorStuck"),
            Self::ListChanged => f.write_str("ListChanged"),
            Self::IncompletePage(error) => f.debug_tuple("IncompletePage").field(error).finish(),
            Self::Unreadable(item) => f.debug_tuple("Unreadable").field(item).finish(),
        }
    }
}
