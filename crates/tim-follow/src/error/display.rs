//! `Display` of [`Error`]: what failed, why, and what to do, in one line.

use std::error::Error as StdError;
use std::fmt;

use tim_transport::TransportError;
use tim_types::{ErrorCode, Printable};

use super::{Error, ErrorKind, advice};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.command)?;
        self.write_kind(f)?;
        if self.must_not_be_repeated() {
            f.write_str(
                "; the service must not process this command twice: before a retry, check whether it processed the first call",
            )?;
        }
        if let Some(rejection) = self.earlier_rejection() {
            write!(f, "; an earlier request was rejected with {}", rejection.code)?;
        }
        if self.is_retry_budget_empty() {
            f.write_str("; not retried: the retry budget of this client is empty, because too many calls failed")?;
        }
        let Some(host) = &self.0.host else { return Ok(()) };
        write!(f, " [{host}")?;
        if self.0.attempts > 1 {
            write!(f, ", {} attempts", self.0.attempts)?;
        }
        self.request_id().map_or(Ok(()), |id| write!(f, ", request {}", Printable(id)))?;
        f.write_str("]")
    }
}

/// The cause is in `Display`, so `source` is `None`.
impl StdError for Error {}

impl Error {
    fn write_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Invalid(error) => write!(f, "not sent: {error}"),
            ErrorKind::InvalidCall(problem) => write!(f, "not sent: {problem}"),
            ErrorKind::Signing(error) => write!(f, "not sent: {error}"),
            ErrorKind::Transport(error) => {
                write!(f, "{}; {}", TransportReason(error), advice::for_transport(error.kind()))
            }
            ErrorKind::Http { status, body_bytes, .. } => {
                write!(f, "unexpected response: HTTP {status}, {body_bytes} bytes; {}", advice::for_http(*status))
            }
            ErrorKind::Decode { status, body_bytes, source } => {
                let advice = if source.is_about_body() { advice::BODY } else { advice::DECODE };
                write!(f, "unexpected response: HTTP {status}, {body_bytes} bytes, {source}; {advice}")
            }
            ErrorKind::Api { code, info, fresh_signature, .. } => {
                self.write_rejection(f, *code, info)?;
                fresh_signature.map_or(Ok(()), |age| {
                    write!(f, "; the signature was only {age} s old: check the clock of this machine")
                })
            }
            ErrorKind::RateLimited { wait } => {
                write!(
                    f,
                    "not sent: the rate limiter would send it in {wait:.1?}, after its deadline; call less often or allow \
                     more time"
                )
            }
            ErrorKind::LimiterUnavailable { reason } => {
                write!(f, "not sent: the rate limiter is unavailable: {}", Printable(reason))
            }
            ErrorKind::Deadline => {
                f.write_str("not sent: the deadline passed first; call less often or allow more time")
            }
            ErrorKind::Stopped => f.write_str("not sent: the batch was stopped"),
            ErrorKind::CursorStuck => {
                f.write_str("the list does not end: the service returned the cursor of an earlier page")
            }
            ErrorKind::ListChanged => f.write_str("the list changed each time while it was read; read it again later"),
            ErrorKind::ContradictingItems => {
                f.write_str("the response contains different results for this target; send it again to find out")
            }
            ErrorKind::MissingItem => {
                f.write_str("the response does not contain this target; send it again to find out")
            }
            ErrorKind::IncompletePage(error) => write!(f, "the list cannot continue: {error}"),
            ErrorKind::Unreadable(item) => write!(f, "{item}"),
        }
    }

    fn write_rejection(&self, f: &mut fmt::Formatter<'_>, code: ErrorCode, info: &str) -> fmt::Result {
        let service = &self.0.service;
        match (code, code.meaning(service)) {
            (ErrorCode::OK, _) => f.write_str("the service reported failure without a code")?,
            (code, Some(meaning)) => write!(f, "rejected with {code}, {meaning}")?,
            (code, None) => write!(f, "rejected with {code}, an undocumented code")?,
        }
        if !info.is_empty() {
            write!(f, " ({})", Printable(info))?;
        }
        code.advice(service).map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

/// The reason for a transport error with all details: its kind, its detail and its innermost cause,
/// none of them twice. `Display` of [`TransportError`] alone can leave some of it to the source.
pub(crate) struct TransportReason<'a>(pub(crate) &'a TransportError);

impl fmt::Display for TransportReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind())?;
        let detail = Printable(self.0.detail()).to_string();
        if !detail.is_empty() {
            write!(f, ": {detail}")?;
        }
        match innermost(self.0).map(|cause| Printable(&cause.to_string()).to_string()) {
            Some(cause) if !detail.contains(&cause) => write!(f, ": {cause}"),
            _ => Ok(()),
        }
    }
}

fn innermost(error: &TransportError) -> Option<&(dyn StdError + 'static)> {
    let mut cause = error.source()?;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Some(cause)
}
