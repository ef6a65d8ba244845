//! Errors of calls.

mod advice;
mod debug;
mod decide;
mod display;

use std::sync::Arc;
use std::time::Duration;

use tim_sig::SignError;
use tim_transport::TransportError;
use tim_types::{CodeClass, DecodeError, Envelope, ErrorCode, InvalidRequest, Rejection, UnreadableItem};

pub(crate) use decide::{Decision, decide, decide_code, status_takes_precedence};
pub(crate) use display::TransportReason;

/// Why a call has no result.
///
/// [`kind`](Self::kind) says what failed; [`code`](Self::code), [`class`](Self::class) and
/// [`is_retryable`](Self::is_retryable) help to decide what to do.
///
/// `Display` writes one line with the command, what failed, why, and what to do:
///
/// ```text
/// follow_add: no connection: Connection refused (os error 111); check the network, the proxy and the certificates [https://adminapisgp.im.qcloud.com, 4 attempts]
/// ```
///
/// The line contains the text of the cause, so [`source`](std::error::Error::source) is always
/// `None`, and tools that print a chain of errors print nothing twice. To get at the cause itself,
/// match on the kind:
///
/// ```
/// use std::error::Error as _;
/// use tim_follow::{Error, ErrorKind};
///
/// fn cause(error: &Error) -> Option<&(dyn std::error::Error + 'static)> {
///     match error.kind() {
///         ErrorKind::Transport(error) => error.source(),
///         ErrorKind::Signing(error) => Some(error),
///         _ => None,
///     }
/// }
/// # let _ = cause;
/// ```
///
/// [`PageError`](crate::PageError) converts into this error.
/// [`ConfigError`](crate::ConfigError) and [`Rejection`](crate::Rejection), the error of an item,
/// do not, because they are not about a call: a function that uses `?` on them needs its own error
/// type or `Box<dyn std::error::Error>`.
///
/// An error contains no URL beyond the host, no signature, no key and no body, so it can be logged.
/// `Display` and `Debug` show texts of the service as [`Printable`](crate::Printable) does: control
/// characters are escaped, and a text is cut after 300 characters. The complete texts are in
/// [`server_text`](Self::server_text) and [`display_text`](Self::display_text).
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

/// What is known about the requests of a call that has no result.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    /// Whether the command is not idempotent: the service must not process the call twice.
    pub(crate) once_only: bool,
    /// Whether a request may have reached the service.
    pub(crate) reached: bool,
    /// Whether the last request that may have reached the service got no response from it.
    pub(crate) no_response: bool,
    /// The last code with which a request was rejected.
    pub(crate) rejected: Option<Rejection>,
    /// Whether the next request was not sent because the retry budget was empty.
    pub(crate) out_of_budget: bool,
    /// Whether the certificates of all hosts are not trusted.
    pub(crate) no_host_left: bool,
}

/// What failed.
///
/// `Debug` shows texts of the service as [`Printable`](crate::Printable) does.
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is invalid: the service would reject it. Nothing was sent.
    Invalid(InvalidRequest),
    /// The arguments of a call by name are invalid: the command is not a name, or the body is not a
    /// JSON object. Nothing was sent.
    InvalidCall(&'static str),
    /// The call could not be signed. Nothing was sent.
    Signing(SignError),
    /// There was no response. Depending on the
    /// [kind](tim_transport::TransportError::kind), the service may have processed the request.
    Transport(TransportError),
    /// The HTTP status is not 2xx, and the body is not a response of the service: it comes from a
    /// proxy, a gateway or another server. Also used for a status that is retried (408, 429, 5xx)
    /// if the code in the body is transient, unknown or 0, or if both report too many calls.
    #[non_exhaustive]
    Http {
        /// The HTTP status.
        status: u16,
        /// The length of the body.
        body_bytes: usize,
        /// How long the server asked to wait, from `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The HTTP status is 2xx, but the body cannot be read as a response to this command. The
    /// service may have processed the request.
    #[non_exhaustive]
    Decode {
        /// The HTTP status.
        status: u16,
        /// The length of the body.
        body_bytes: usize,
        /// Where and why reading stopped.
        source: DecodeError,
    },
    /// The service rejected the call.
    #[non_exhaustive]
    Api {
        /// The code. [`Error::class`] groups codes by what can be done about them.
        code: ErrorCode,
        /// `ErrorInfo`: the complete text of the service, as it was sent. Often empty.
        info: String,
        /// `ErrorDisplay`: a text that can be shown to the users of the app, as it was sent. Often
        /// missing or empty.
        display: Option<String>,
        /// `RequestId`: the identifier that the service gave to the request. Often missing.
        request_id: Option<String>,
        /// The age in seconds of a signature that the service rejected as expired, although this
        /// client had just made it. The clock of this machine is probably wrong.
        fresh_signature: Option<u64>,
    },
    /// The rate limiter would send the call only after its deadline. This request was not sent.
    #[non_exhaustive]
    RateLimited {
        /// How long the call would have waited.
        wait: Duration,
    },
    /// The rate limiter, for example one in Redis, was unavailable until the deadline of the call.
    /// This request was not sent.
    #[non_exhaustive]
    LimiterUnavailable {
        /// Why it was unavailable, and what to do.
        reason: String,
    },
    /// The deadline passed before the request could be sent.
    Deadline,
    /// The batch was stopped before this target was sent.
    Stopped,
    /// The cursors of a list repeat: the next page would start where this page or an earlier one
    /// started.
    CursorStuck,
    /// The list changed again and again while it was read.
    ListChanged,
    /// The response contains different results for this target.
    ContradictingItems,
    /// The response does not contain this target.
    MissingItem,
    /// A page is incomplete, for example because its `NextCursor` cannot be read, so the list
    /// cannot continue.
    IncompletePage(DecodeError),
    /// This item of a response cannot be read. The other items were used.
    Unreadable(UnreadableItem),
}

impl Error {
    pub(crate) fn new(service: &str, command: &str, attempts: u32, kind: ErrorKind) -> Self {
        let (service, command) = (service.to_owned(), command.to_owned());
        let trail = Trail { reached: attempts > 0, no_response: attempts > 0, ..Trail::default() };
        Self(Box::new(Inner { service, command, attempts, trail, host: None, kind: Arc::new(kind) }))
    }

    /// The same error with what is known about the requests.
    pub(crate) fn with_trail(mut self, trail: Trail) -> Self {
        self.0.trail = trail;
        self
    }

    /// The same error of a call that was not retried because the retry budget was empty.
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

    /// What failed.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The command that was called, for example `follow_add`.
    pub fn command(&self) -> &str {
        &self.0.command
    }

    /// How many requests were sent; 0 if the call failed before the first one.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether a request may have reached the service, so that the service may have processed it.
    /// `false` if nothing was sent or no connection was ever made.
    pub fn may_have_reached_service(&self) -> bool {
        self.0.trail.reached
    }

    /// The code and text with which the service rejected an earlier request, if this error is about
    /// a later one.
    pub fn earlier_rejection(&self) -> Option<&Rejection> {
        self.0.trail.rejected.as_ref().filter(|_| self.code().is_none())
    }

    /// Whether the call was not retried only because the
    /// [retry budget](crate::Config::retry_budget) of its client was empty.
    pub fn is_retry_budget_empty(&self) -> bool {
        self.0.trail.out_of_budget
    }

    /// The code with which the service rejected the call, if it did.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.kind.code()
    }

    /// The host to which the last request went, for example `https://console.tim.qq.com`.
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// The class of the code with which the service rejected the call, if it did: what can be done
    /// about it. A failure without a code (0) is [`CodeClass::Unknown`].
    pub fn class(&self) -> Option<CodeClass> {
        let class = |code: ErrorCode| match code {
            ErrorCode::OK => CodeClass::Unknown,
            code => code.class(&self.0.service),
        };
        self.code().map(class)
    }

    /// The complete `ErrorInfo` of a rejection. It comes from the network: it can contain control
    /// characters and be as long as a response. `Display` shows it escaped and cut.
    pub fn server_text(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { info, .. } => Some(info).filter(|info| !info.is_empty()).map(String::as_str),
            _ => None,
        }
    }

    /// The complete `ErrorDisplay` of a rejection: a text that can be shown to the users of the
    /// app. It comes from the network, like [`server_text`](Self::server_text).
    pub fn display_text(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { display, .. } => display.as_deref().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The `RequestId` of a rejection, which the support of the service can look up. It comes from
    /// the network, like [`server_text`](Self::server_text).
    pub fn request_id(&self) -> Option<&str> {
        match self.kind() {
            ErrorKind::Api { request_id, .. } => request_id.as_deref().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change: the cause can be transient. False
    /// for a command that is not [idempotent](crate::Endpoint::IDEMPOTENT) if the service may have
    /// processed the call.
    pub fn is_retryable(&self) -> bool {
        match decide(&self.0.kind, &self.0.service) {
            Decision::Retry { .. } => !self.must_not_be_repeated(),
            Decision::NextHost | Decision::SlowDown { .. } => true,
            Decision::GiveUp | Decision::RefreshSignature | Decision::OtherHost => {
                let kind = self.kind();
                matches!(kind, ErrorKind::RateLimited { .. } | ErrorKind::LimiterUnavailable { .. })
                    || matches!(kind, ErrorKind::Deadline | ErrorKind::Stopped)
            }
        }
    }
}

impl Error {
    /// Whether the service may have processed the call, and must not process it twice.
    fn must_not_be_repeated(&self) -> bool {
        self.0.trail.once_only
            && self.may_have_reached_service()
            && matches!(decide(&self.0.kind, &self.0.service), Decision::Retry { .. })
    }
}

impl ErrorKind {
    /// The code with which the service rejected the call, if it did.
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

#[cfg(test)]
mod tests;
