//! What happens after a failed attempt: the table of docs/calls.md as one function.

use std::time::Duration;

use tim_transport::TransportErrorKind;
use tim_types::{CodeClass, ErrorCode};

use super::ErrorKind;

/// The shortest wait after the service reported too many calls.
const THROTTLED_BACKOFF: Duration = Duration::from_secs(1);

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Do not retry.
    GiveUp,
    /// Wait at least this long, and retry. The service may have processed the call, so the caller
    /// retries only an idempotent command.
    Retry { at_least: Duration },
    /// No connection was made: wait, and retry at the next host of the region.
    NextHost,
    /// The certificate of the host is not trusted: wait, and retry at a host where that did not
    /// happen in this call. If there is none, do not retry.
    OtherHost,
    /// Too many calls: slow down the rate limiter, wait at least this long, and retry.
    SlowDown { at_least: Duration },
    /// The signature has expired: retry at once with a new one. Used at most once for a call.
    RefreshSignature,
}

/// Decides about a failed attempt of a command of `service`.
pub(crate) fn decide(kind: &ErrorKind, service: &str) -> Decision {
    match kind {
        ErrorKind::Transport(error) => match error.kind() {
            TransportErrorKind::Connect => Decision::NextHost,
            TransportErrorKind::Certificate => Decision::OtherHost,
            TransportErrorKind::Lost | TransportErrorKind::Timeout => Decision::Retry { at_least: Duration::ZERO },
            _ => Decision::GiveUp,
        },
        ErrorKind::Http { status, retry_after, .. } => {
            let at_least = retry_after.unwrap_or_default();
            match status {
                429 => Decision::SlowDown { at_least: at_least.max(THROTTLED_BACKOFF) },
                408 | 500..=599 => Decision::Retry { at_least },
                _ => Decision::GiveUp,
            }
        }
        ErrorKind::Api { code, .. } => decide_code(*code, service),
        _ => Decision::GiveUp,
    }
}

/// Whether the HTTP status of a response decides about a retry, and not the code in its body. This
/// is the case if the status is retried and the code is transient, unknown or 0, or if both report
/// too many calls. Unlike the code, the status has the time in `Retry-After`.
pub(crate) fn status_takes_precedence(by_status: &ErrorKind, code: ErrorCode, service: &str) -> bool {
    match (decide(by_status, service), decide_code(code, service)) {
        (Decision::GiveUp, _) => false,
        (_, Decision::Retry { .. }) | (Decision::SlowDown { .. }, Decision::SlowDown { .. }) => true,
        (_, Decision::GiveUp) => matches!(code.class(service), CodeClass::Unknown | CodeClass::Success),
        _ => false,
    }
}

/// Decides about a code of `service`, of a whole call or of one item of it.
pub(crate) fn decide_code(code: ErrorCode, service: &str) -> Decision {
    match code.class(service) {
        CodeClass::Transient => Decision::Retry { at_least: Duration::ZERO },
        CodeClass::RateLimited => Decision::SlowDown { at_least: THROTTLED_BACKOFF },
        CodeClass::Signature => Decision::RefreshSignature,
        _ => Decision::GiveUp,
    }
}
