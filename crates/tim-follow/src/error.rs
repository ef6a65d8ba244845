//! Why a call has no result.

use std::error::Error as StdError;
use std::fmt;

use tim_sig::SignError;
use tim_transport::{Phase, TransportError};
use tim_types::{CodeClass, DecodeError, ErrorCode, InvalidRequest};

/// Why a call has no result: what happened, to which command, and what can be done about it.
///
/// It never holds a URL, a signature, a key or a body; its texts can be logged.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    service: String,
    command: String,
    attempts: u32,
    kind: ErrorKind,
}

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request would be refused, so it was not sent.
    Invalid(InvalidRequest),
    /// A call by name is no call: its command is no name, or its body no JSON object. It was not sent.
    InvalidCall(&'static str),
    /// The call could not be signed. It was not sent.
    Signing(SignError),
    /// There was no answer.
    Transport(TransportError),
    /// There was an answer, but not one of the service.
    #[non_exhaustive]
    Decode {
        /// The HTTP status.
        status: u16,
        /// How long the body was.
        body_bytes: usize,
        /// Where the body stops being an answer; `None` when the status already says that it is none.
        source: Option<DecodeError>,
    },
    /// The service refused the call.
    #[non_exhaustive]
    Api {
        /// The code; [`Error::class`] says what can be done about it.
        code: ErrorCode,
        /// The service's own words, often empty.
        info: String,
        /// The name that the service gave to the call, where it did.
        request_id: Option<String>,
    },
    /// A page said that the next one starts where it started itself.
    CursorStuck,
}

impl Error {
    pub(crate) fn new(service: &str, command: &str, attempts: u32, kind: ErrorKind) -> Self {
        Self(Box::new(Inner { service: service.to_owned(), command: command.to_owned(), attempts, kind }))
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The command that was called, for example `follow_add`.
    pub fn command(&self) -> &str {
        &self.0.command
    }

    /// How many requests were sent; 0 when the call was stopped before the wire.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The code with which the service refused the call, if it did.
    pub fn code(&self) -> Option<ErrorCode> {
        match self.0.kind {
            ErrorKind::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What can be done about the code with which the service refused the call, if it did.
    pub fn class(&self) -> Option<CodeClass> {
        self.code().map(|code| code.class(&self.0.service))
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Api { code, .. } => code.retryable(&self.0.service),
            ErrorKind::Transport(error) => matches!(error.phase(), Phase::Connect | Phase::Lost | Phase::Timeout),
            ErrorKind::Decode { status, .. } => matches!(status, 408 | 429 | 500..=599),
            _ => false,
        }
    }

    fn write_refusal(&self, f: &mut fmt::Formatter<'_>, code: ErrorCode, info: &str) -> fmt::Result {
        let service = &self.0.service;
        write!(f, "refused with {code}")?;
        match code.meaning(service) {
            Some(meaning) => write!(f, ", {meaning}")?,
            None => f.write_str(", a code that is not documented")?,
        }
        if !info.is_empty() {
            write!(f, " ({info})")?;
        }
        code.advice(service).map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.command)?;
        match &self.0.kind {
            ErrorKind::Invalid(error) => write!(f, "not sent: {error}"),
            ErrorKind::InvalidCall(problem) => write!(f, "not sent: {problem}"),
            ErrorKind::Signing(error) => write!(f, "not sent: {error}"),
            ErrorKind::Transport(error) => error.fmt(f),
            ErrorKind::Decode { status, body_bytes, source } => {
                write!(f, "HTTP {status} with {body_bytes} bytes that are no answer of the service")?;
                source.as_ref().map_or(Ok(()), |error| write!(f, ": {error}"))
            }
            ErrorKind::Api { code, info, .. } => self.write_refusal(f, *code, info),
            ErrorKind::CursorStuck => f.write_str("the list does not end: a page names itself as the next one"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            ErrorKind::Transport(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_it_means_and_what_to_do() {
        let api = |code| ErrorKind::Api { code: ErrorCode(code), info: "Err_X".into(), request_id: None };
        let error = Error::new("follow", "follow_add", 1, api(30005));
        let text = error.to_string();
        assert!(text.starts_with("follow_add: refused with 30005, "), "{text}");
        assert!(text.contains("(Err_X); "), "{text}");
        assert_eq!(error.class(), Some(CodeClass::FeatureDisabled));
        assert!(!error.is_retryable());
        let unknown = Error::new("follow", "follow_add", 1, api(1));
        assert_eq!(unknown.to_string(), "follow_add: refused with 1, a code that is not documented (Err_X)");
    }

    #[test]
    fn only_what_may_pass_is_retryable() {
        let retryable = |kind| Error::new("follow", "follow_add", 1, kind).is_retryable();
        let decode = |status| ErrorKind::Decode { status, body_bytes: 0, source: None };
        assert!(retryable(decode(502)) && retryable(decode(429)) && retryable(decode(408)));
        assert!(!retryable(decode(200)) && !retryable(decode(404)));
        assert!(retryable(ErrorKind::Transport(TransportError::new(Phase::Lost, ""))));
        assert!(!retryable(ErrorKind::Transport(TransportError::new(Phase::Setup, ""))));
        assert!(!retryable(ErrorKind::CursorStuck));
    }
}
