//! Why a call has no result.

mod advice;
mod debug;
mod decide;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tim_sig::SignError;
use tim_transport::TransportError;
use tim_types::{CodeClass, DecodeError, Envelope, ErrorCode, InvalidRequest, Printable, Rejection, UnreadableItem};

pub(crate) use decide::{Decision, decide, decide_code, status_takes_precedence};

/// Why a call has no result: what happened, to which command, and what can be done about it.
///
/// It never holds a URL, a signature, a key or a body; its texts can be logged. `Display` and `Debug` show texts of the
/// service as [`Printable`] does: control characters are escaped, and a text is cut after 300 characters. The complete texts
/// are in [`server_text`](Self::server_text) and [`display_text`](Self::display_text).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    service: String,
    command: String,
    attempts: u32,
    trail: Trail,
    host: Option<String>,
    kind: Arc<ErrorKind>,
}

/// What is known about the requests of a call that ended without a result.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    /// Whether a request may have reached the service.
    pub(crate) reached: bool,
    /// Whether the last request that may have reached the service got no response from it.
    pub(crate) no_response: bool,
    /// The last code with which a request was rejected.
    pub(crate) rejected: Option<Rejection>,
    /// Whether the next one was not sent because the retry budget was empty.
    pub(crate) out_of_budget: bool,
}

/// What happened. `Debug` shows texts of the service as [`Printable`] does.
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
        /// How long the server asked to wait.
        retry_after: Option<Duration>,
        /// Where the body stops being an answer; `None` when the status already says that it is none.
        source: Option<DecodeError>,
    },
    /// The service refused the call.
    #[non_exhaustive]
    Api {
        /// The code; [`Error::class`] says what can be done about it.
        code: ErrorCode,
        /// The complete text of the service, as it was sent; often empty.
        info: String,
        /// `ErrorDisplay`: a text that may be shown to the users of the app, as it was sent; often missing or empty.
        display: Option<String>,
        /// The name that the service gave to the call, where it did.
        request_id: Option<String>,
        /// Set when a signature was refused as expired that this machine had made only so many seconds before: then its
        /// clock is probably wrong.
        fresh_signature: Option<u64>,
    },
    /// The quota would let the call go only after this time, which is beyond its deadline. It was not sent.
    #[non_exhaustive]
    RateLimited {
        /// How long the call would have waited.
        wait: Duration,
    },
    /// The quota could not be asked until the deadline of the call, so it was not sent.
    #[non_exhaustive]
    LimiterUnavailable {
        /// Why not.
        reason: String,
    },
    /// The time for the call was over before it could be sent.
    Deadline,
    /// The batch was stopped before this target was sent.
    Stopped,
    /// The cursors of a list repeat: a page said that the next one starts where it, or an earlier page, started.
    CursorStuck,
    /// The response holds different results for this target.
    ContradictingItems,
    /// The response leaves this target out.
    MissingItem,
    /// A page is not complete, for example because its `NextCursor` cannot be read, so the list cannot continue.
    IncompletePage(DecodeError),
    /// There was a response, but this item of it cannot be read. The other items were used.
    Unreadable(UnreadableItem),
}

impl Error {
    pub(crate) fn new(service: &str, command: &str, attempts: u32, kind: ErrorKind) -> Self {
        let (service, command) = (service.to_owned(), command.to_owned());
        let trail = Trail { reached: attempts > 0, no_response: attempts > 0, ..Trail::default() };
        Self(Box::new(Inner { service, command, attempts, trail, host: None, kind: Arc::new(kind) }))
    }

    /// The same error, where more is known about the requests.
    pub(crate) fn with_trail(mut self, trail: Trail) -> Self {
        self.0.trail = trail;
        self
    }

    /// The same error of a call that the retry budget did not let retry.
    pub(crate) fn without_budget(mut self) -> Self {
        self.0.trail.out_of_budget = true;
        self
    }

    /// The same error for a target that an earlier call rejected with this code.
    pub(crate) fn after_rejection(&self, rejection: &Rejection) -> Self {
        let Inner { service, command, attempts, trail, host, kind } = &*self.0;
        let trail = Trail { rejected: Some(rejection.clone()), ..trail.clone() };
        let (service, command) = (service.clone(), command.clone());
        Self(Box::new(Inner { service, command, attempts: *attempts, trail, host: host.clone(), kind: kind.clone() }))
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.0.trail
    }

    /// The same error with the host of the last attempt.
    pub(crate) fn at(mut self, host: &str) -> Self {
        self.0.host = Some(host.to_owned());
        self
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

    /// Whether a request may have reached the service, so that what was asked for may be done. It is not when the call was
    /// stopped before the wire, or when no connection was ever made.
    pub fn may_have_reached_service(&self) -> bool {
        self.0.trail.reached
    }

    /// The code and text with which the service rejected an earlier request, where this error says why a later one failed.
    pub fn earlier_rejection(&self) -> Option<&Rejection> {
        self.0.trail.rejected.as_ref().filter(|_| self.code().is_none())
    }

    /// Whether the call would have been retried if the [retry budget](crate::Config::retry_budget) of its client had not
    /// been empty.
    pub fn is_retry_budget_empty(&self) -> bool {
        self.0.trail.out_of_budget
    }

    /// The code with which the service refused the call, if it did.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.kind.code()
    }

    /// The host to which the last request went, for example `https://console.tim.qq.com`.
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// What can be done about the code with which the service refused the call, if it did. A failure without a code (0) is
    /// [`CodeClass::Unknown`].
    pub fn class(&self) -> Option<CodeClass> {
        let class = |code: ErrorCode| match code {
            ErrorCode::OK => CodeClass::Unknown,
            code => code.class(&self.0.service),
        };
        self.code().map(class)
    }

    /// The complete `ErrorInfo` with which the service refused the call. It comes from the network: it may hold control
    /// characters and be as long as a response may be. `Display` shows it escaped and cut.
    pub fn server_text(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { info, .. } => Some(info).filter(|info| !info.is_empty()).map(String::as_str),
            _ => None,
        }
    }

    /// The complete `ErrorDisplay`: a text that may be shown to the users of the app. It comes from the network, like
    /// [`server_text`](Self::server_text).
    pub fn display_text(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { display, .. } => display.as_deref().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The `RequestId` that the service gave to the refused call, to be named to its support. It comes from the network,
    /// like [`server_text`](Self::server_text).
    pub fn request_id(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { request_id, .. } => request_id.as_deref().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        match decide(&self.0.kind, &self.0.service) {
            Decision::Retry { .. } | Decision::NextHost | Decision::SlowDown { .. } => true,
            Decision::GiveUp | Decision::RefreshSignature => {
                let kind = self.kind();
                matches!(kind, ErrorKind::RateLimited { .. } | ErrorKind::LimiterUnavailable { .. })
                    || matches!(kind, ErrorKind::Deadline | ErrorKind::Stopped)
            }
        }
    }

    fn write_rejection(&self, f: &mut fmt::Formatter<'_>, code: ErrorCode, info: &str) -> fmt::Result {
        let service = &self.0.service;
        match (code, code.meaning(service)) {
            (ErrorCode::OK, _) => f.write_str("the service reported failure without a code")?,
            (code, Some(meaning)) => write!(f, "refused with {code}, {meaning}")?,
            (code, None) => write!(f, "refused with {code}, a code that is not documented")?,
        }
        if !info.is_empty() {
            write!(f, " ({})", Printable(info))?;
        }
        code.advice(service).map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

impl ErrorKind {
    /// The code with which the service refused the call, if it did.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The error of a call that the service rejected with this envelope.
    pub(crate) fn rejected(envelope: Envelope) -> Self {
        let Envelope { code, info, display, request_id, .. } = envelope;
        Self::Api { code, info: info.unwrap_or_default(), display, request_id, fresh_signature: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.command)?;
        match self.kind() {
            ErrorKind::Invalid(error) => write!(f, "not sent: {error}"),
            ErrorKind::InvalidCall(problem) => write!(f, "not sent: {problem}"),
            ErrorKind::Signing(error) => write!(f, "not sent: {error}"),
            ErrorKind::Transport(error) => {
                write!(f, "{}; {}", Printable(&error.to_string()), advice::for_transport(error.kind()))
            }
            ErrorKind::Decode { status, body_bytes, source, .. } => {
                write!(f, "unexpected response: HTTP {status}, {body_bytes} bytes")?;
                source.as_ref().map_or(Ok(()), |error| write!(f, ", {error}"))?;
                write!(f, "; {}", advice::for_http(*status))
            }
            ErrorKind::Api { code, info, fresh_signature, .. } => {
                self.write_rejection(f, *code, info)?;
                fresh_signature.map_or(Ok(()), |age| {
                    write!(f, "; the signature was only {age} s old: is the clock of this machine right?")
                })
            }
            ErrorKind::RateLimited { wait } => {
                write!(
                    f,
                    "not sent: the quota lets it go in {wait:.1?}, after its deadline; call less often or wait longer"
                )
            }
            ErrorKind::LimiterUnavailable { reason } => {
                write!(f, "not sent: the shared quota cannot be asked: {}", Printable(reason))
            }
            ErrorKind::Deadline => f.write_str("not sent: its deadline was over"),
            ErrorKind::Stopped => f.write_str("not sent: the batch was stopped"),
            ErrorKind::CursorStuck => {
                f.write_str("the list does not end: the service names a page again that came before")
            }
            ErrorKind::ContradictingItems => {
                f.write_str("the response holds different results for this target; send it again to find out")
            }
            ErrorKind::MissingItem => f.write_str("the response leaves this target out; send it again to find out"),
            ErrorKind::IncompletePage(error) => write!(f, "the list cannot continue: {error}"),
            ErrorKind::Unreadable(item) => write!(f, "{item}"),
        }?;
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

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.kind() {
            ErrorKind::Transport(error) => error.source(),
            ErrorKind::Decode { source: Some(error), .. } | ErrorKind::IncompletePage(error) => Some(error),
            ErrorKind::Invalid(error) => Some(error),
            ErrorKind::Signing(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: i64) -> ErrorKind {
        ErrorKind::rejected(Envelope::fail(ErrorCode(code), "Err_X"))
    }

    #[test]
    fn a_refusal_says_what_it_means_and_what_to_do() {
        let error = Error::new("follow", "follow_add", 1, api(30005));
        let text = error.to_string();
        assert!(text.starts_with("follow_add: refused with 30005, "), "{text}");
        assert!(text.contains("(Err_X); "), "{text}");
        assert_eq!(error.class(), Some(CodeClass::FeatureDisabled));
        assert!(!error.is_retryable());
        let unknown = Error::new("follow", "follow_add", 3, api(1)).at("https://host");
        assert_eq!(
            unknown.to_string(),
            "follow_add: refused with 1, a code that is not documented (Err_X) [https://host, 3 attempts]"
        );
    }

    #[test]
    fn what_may_pass_is_retryable() {
        let retryable = |kind| Error::new("follow", "follow_add", 1, kind).is_retryable();
        assert!(retryable(api(30006)) && retryable(ErrorKind::Deadline));
        assert!(retryable(ErrorKind::RateLimited { wait: Duration::from_secs(1) }));
        assert!(!retryable(api(70001)) && !retryable(ErrorKind::CursorStuck));
    }
}
