//! Events of calls, for observers.

use std::fmt;
use std::time::Duration;

use tim_types::{Envelope, ErrorCode, Printable};

use crate::{Error, ErrorKind};

/// Something that happened to a call.
///
/// The function of [`Config::observe`](crate::Config::observe) gets every event. `Display` writes
/// one line for people. An event contains no signature, no key, no body, and no URL beyond the
/// host.
///
/// A call that is retried once has these events:
///
/// ```text
/// follow_add: attempt 1 to https://adminapisgp.im.qcloud.com
/// follow_add: attempt 1 got no response after 5.0s
/// follow_add: retrying after an error: follow_add: no response in time; ...
/// follow_add: waiting 132.7ms before the retry
/// follow_add: attempt 2 to https://adminapisgp.im.qcloud.com
/// follow_add: attempt 2 got code 0 after 23.1ms
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The command of the call, for example `follow_add`.
    pub command: &'a str,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened to a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A request is sent.
    #[non_exhaustive]
    Attempt {
        /// The number of the request; 1 for the first of a call.
        number: u32,
        /// The host, for example `https://adminapisgp.im.qcloud.com`.
        host: &'a str,
    },
    /// A request ended, with or without a response.
    #[non_exhaustive]
    AttemptEnded {
        /// The number of the request.
        number: u32,
        /// The code of the response; 0 for success, `None` without a response of the service.
        code: Option<ErrorCode>,
        /// How long the request took.
        took: Duration,
        /// `ErrorDisplay`: a text that can be shown to the users of the app. As the service sent
        /// it; show it with [`Printable`](crate::Printable). `None` if it is empty or missing, as
        /// in most responses.
        display: Option<&'a str>,
        /// `RequestId`: the identifier that the service gave to the request. As the service sent
        /// it; missing in most responses.
        request_id: Option<&'a str>,
    },
    /// The call waits.
    #[non_exhaustive]
    Waiting {
        /// What it waits for.
        reason: WaitReason,
        /// How long.
        time: Duration,
    },
    /// A request failed and will be retried.
    #[non_exhaustive]
    Retrying {
        /// The error; [`Error::attempts`] counts the requests so far.
        error: &'a Error,
    },
    /// The service rejected the signature as expired. The retry has a new one.
    SignatureRefreshed,
    /// No connection to a host can be made. Calls go to the other host of the region for one
    /// minute.
    #[non_exhaustive]
    FailedOver {
        /// The host that is down.
        from: &'a str,
        /// The host that calls go to now.
        to: &'a str,
    },
}

/// The parts of an envelope that observers get.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ResponseSummary<'a> {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) display: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
}

impl<'a> ResponseSummary<'a> {
    /// Empty for an error that does not come from the service.
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
    /// A slot of the rate limiter.
    RateLimit,
    /// A rate limiter that is unavailable, for example because Redis is.
    LimiterUnavailable,
    /// The backoff before a retry.
    Backoff,
}

/// One line for people.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.command)?;
        match self.kind {
            EventKind::Attempt { number, host } => write!(f, "attempt {number} to {host}"),
            EventKind::AttemptEnded { number, code: Some(code), took, request_id, .. } => {
                write!(f, "attempt {number} got code {code} after {took:.1?}")?;
                request_id.map_or(Ok(()), |id| write!(f, ", request {}", Printable(id)))
            }
            EventKind::AttemptEnded { number, code: None, took, .. } => {
                write!(f, "attempt {number} got no response after {took:.1?}")
            }
            EventKind::Waiting { reason: WaitReason::RateLimit, time } => {
                write!(f, "waiting {time:.1?} for the rate limiter")
            }
            EventKind::Waiting { reason: WaitReason::LimiterUnavailable, time } => {
                write!(f, "waiting {time:.1?}: the rate limiter is unavailable")
            }
            EventKind::Waiting { reason: WaitReason::Backoff, time } => {
                write!(f, "waiting {time:.1?} before the retry")
            }
            EventKind::Retrying { error } => write!(f, "retrying after an error: {error}"),
            EventKind::SignatureRefreshed => f.write_str("the signature expired; signing again"),
            EventKind::FailedOver { from, to } => write!(f, "no connection to {from}; switching to {to}"),
        }
    }
}
