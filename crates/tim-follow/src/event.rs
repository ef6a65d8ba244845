//! What a client does while a call is on its way, for those who want to see it.

use std::fmt;
use std::time::Duration;

use tim_types::{Envelope, ErrorCode, Printable};

use crate::{Error, ErrorKind};

/// One thing that happened to a call. It holds no signature, no key, no body and no URL beyond the host.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The command that was called.
    pub command: &'a str,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened to a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A request goes out.
    #[non_exhaustive]
    Attempt {
        /// 1 for the first request of the call.
        number: u32,
        /// Where it goes, for example `https://adminapisgp.im.qcloud.com`.
        host: &'a str,
    },
    /// The request ended, with an answer or without.
    #[non_exhaustive]
    AttemptEnded {
        /// Which request of the call.
        number: u32,
        /// The code of the answer; `None` when there was no answer of the service.
        code: Option<ErrorCode>,
        /// How long the request took.
        took: Duration,
        /// `ErrorDisplay`: a text that may be shown to the users of the app. As the service sent it; show it with
        /// [`Printable`](crate::Printable). `None` when it is empty or missing, as in most responses.
        display: Option<&'a str>,
        /// `RequestId`: what the service calls this request, to be named to its support. As the service sent it. Missing in
        /// most responses.
        request_id: Option<&'a str>,
    },
    /// The call waits.
    #[non_exhaustive]
    Waiting {
        /// What for.
        reason: WaitReason,
        /// How long.
        time: Duration,
    },
    /// The call did not succeed yet and will be repeated.
    #[non_exhaustive]
    Retrying {
        /// What went wrong; [`Error::attempts`] says how often the call was tried.
        error: &'a Error,
    },
    /// The signature was refused as expired and is made anew.
    SignatureRefreshed,
    /// The host cannot be reached, so calls go to the other one of the region for a while.
    #[non_exhaustive]
    FailedOver {
        /// The host that cannot be reached.
        from: &'a str,
        /// Where calls go now.
        to: &'a str,
    },
}

/// What the envelope of a response tells an observer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ResponseSummary<'a> {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) display: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
}

impl<'a> ResponseSummary<'a> {
    /// Nothing is known of an error that does not come from the service.
    pub(crate) fn from_error(kind: &'a ErrorKind) -> Self {
        match kind {
            ErrorKind::Api { code, display, request_id, .. } => Self::new(*code, display, request_id),
            _ => Self::default(),
        }
    }

    pub(crate) fn from_envelope(envelope: &'a Envelope) -> Self {
        Self::new(envelope.code, &envelope.display, &envelope.request_id)
    }

    /// Empty texts count as missing.
    fn new(code: ErrorCode, display: &'a Option<String>, request_id: &'a Option<String>) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().filter(|text| !text.is_empty());
        Self { code: Some(code), display: text(display), request_id: text(request_id) }
    }
}

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// Its turn under the quota.
    RateLimit,
    /// A quota that cannot be asked, as when Redis is away.
    LimiterUnavailable,
    /// The pause before a repetition.
    Backoff,
}

/// One line for a person, for example `follow_add: attempt 2 to https://console.tim.qq.com`.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.command)?;
        match self.kind {
            EventKind::Attempt { number, host } => write!(f, "attempt {number} to {host}"),
            EventKind::AttemptEnded { number, code: Some(code), took, request_id, .. } => {
                write!(f, "attempt {number} answered with code {code} after {took:.1?}")?;
                request_id.map_or(Ok(()), |id| write!(f, ", request {}", Printable(id)))
            }
            EventKind::AttemptEnded { number, code: None, took, .. } => {
                write!(f, "attempt {number} without an answer after {took:.1?}")
            }
            EventKind::Waiting { reason: WaitReason::RateLimit, time } => write!(f, "waiting {time:.1?} for the quota"),
            EventKind::Waiting { reason: WaitReason::LimiterUnavailable, time } => {
                write!(f, "waiting {time:.1?}: the shared quota cannot be asked")
            }
            EventKind::Waiting { reason: WaitReason::Backoff, time } => {
                write!(f, "waiting {time:.1?} before trying again")
            }
            EventKind::Retrying { error } => write!(f, "trying again after: {error}"),
            EventKind::SignatureRefreshed => f.write_str("the signature is made anew"),
            EventKind::FailedOver { from, to } => write!(f, "{from} cannot be reached, going to {to}"),
        }
    }
}
