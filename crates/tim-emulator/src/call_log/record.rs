//! A call in the log.

use std::time::Duration;

use hyper::{HeaderMap, Version};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::message::{RecordedRequest, RecordedResponse};
use crate::redact::redact_str;

/// A call that came in, rejected ones included, as it was on the wire. It holds no UserSig: each
/// one is replaced by `[UserSig]`, wherever the client put it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallRecord {
    /// Counts up from 1. [`Emulator::clear_calls`](crate::Emulator::clear_calls) does not reset it.
    pub number: u64,
    /// When it came in, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// How long it took, with the waits that faults made.
    pub duration: Duration,
    /// The command, unless the path names none.
    pub command: Option<&'static str>,
    /// The `From_Account` (or `UserID`) of a call that the gateway let through.
    pub user: Option<String>,
    /// The users that the request names as targets, in its order.
    pub targets: Vec<String>,
    /// The `ErrorCode` of the response, if it has one.
    pub code: Option<i64>,
    /// The codes of the items of the response, without those that are 0.
    pub item_codes: Vec<i64>,
    /// The faults that hit it.
    pub faults: Vec<u64>,
    request: RecordedRequest,
    response: Option<RecordedResponse>,
}

impl CallRecord {
    /// The request as it was received.
    pub fn request(&self) -> &RecordedRequest {
        &self.request
    }

    /// The response as it was sent; `None` when the connection was closed instead.
    pub fn response(&self) -> Option<&RecordedResponse> {
        self.response.as_ref()
    }

    /// The HTTP status of the response; `None` when the connection was closed instead.
    pub fn status(&self) -> Option<u16> {
        self.response().map(RecordedResponse::status)
    }

    /// Without a number, which the log gives.
    pub(super) fn new(call: NewCall<'_>) -> Self {
        let NewCall { request, response, .. } = call;
        Self {
            number: 0,
            at_ms: call.at_ms,
            duration: call.duration,
            command: call.command,
            user: call.user.map(|user| redact_str(user).into_owned()),
            targets: call.targets.iter().map(|target| redact_str(target).into_owned()).collect(),
            code: call.code,
            item_codes: call.item_codes,
            faults: call.faults,
            request: RecordedRequest::new(
                request.method,
                request.target,
                request.version,
                request.headers,
                request.body,
            ),
            response: response.map(|response| RecordedResponse::new(response.status, response.headers, response.body)),
        }
    }

    /// How much memory it takes, roughly.
    pub(super) fn size(&self) -> usize {
        let user = self.user.as_ref().map_or(0, String::len);
        let targets: usize = self.targets.iter().map(|target| size_of::<String>() + target.len()).sum();
        let numbers = size_of::<u64>() * (self.item_codes.len() + self.faults.len());
        let response = self.response().map_or(0, RecordedResponse::size);
        size_of::<Self>() + user + targets + numbers + self.request.size() + response
    }
}

impl Serialize for CallRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let duration = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        let mut fields = serializer.serialize_struct("CallRecord", 12)?;
        fields.serialize_field("number", &self.number)?;
        fields.serialize_field("at_ms", &self.at_ms)?;
        fields.serialize_field("duration_us", &duration)?;
        fields.serialize_field("command", &self.command)?;
        fields.serialize_field("user", &self.user)?;
        fields.serialize_field("targets", &self.targets)?;
        fields.serialize_field("status", &self.status())?;
        fields.serialize_field("code", &self.code)?;
        fields.serialize_field("item_codes", &self.item_codes)?;
        fields.serialize_field("faults", &self.faults)?;
        fields.serialize_field("request", &self.request)?;
        fields.serialize_field("response", &self.response)?;
        fields.end()
    }
}

/// A call that is to be recorded. UserSigs in it are removed when it is.
#[derive(Debug)]
pub(crate) struct NewCall<'a> {
    pub(crate) at_ms: u64,
    pub(crate) duration: Duration,
    pub(crate) command: Option<&'static str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) targets: Vec<String>,
    pub(crate) code: Option<i64>,
    /// Without those that are 0.
    pub(crate) item_codes: Vec<i64>,
    pub(crate) faults: Vec<u64>,
    pub(crate) request: Request<'a>,
    /// `None` when the connection is closed instead.
    pub(crate) response: Option<Response<'a>>,
}

/// The request of a [`NewCall`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Of the request line, path and query.
    pub(crate) target: &'a str,
    pub(crate) version: Version,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The response of a [`NewCall`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}
