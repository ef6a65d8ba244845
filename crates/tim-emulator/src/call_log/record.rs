//! A call in the log.

use std::net::IpAddr;
use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::message::{RecordedRequest, RecordedResponse, Request, Response};
use crate::redact::redact_str;

/// A received call as it was on the wire. Rejected calls are recorded too. Each UserSig in it is
/// replaced by `[UserSig]`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallRecord {
    /// The number of the call, counted from 1.
    /// [`Emulator::clear_calls`](crate::Emulator::clear_calls) does not reset it.
    pub number: u64,
    /// The time when the call was received, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// The real time that the call took, including the delays of faults.
    pub duration: Duration,
    /// The command; `None` if the path names no command.
    pub command: Option<&'static str>,
    /// The `From_Account`, or the `UserID` if the command has no `From_Account`. `None` if the
    /// gateway rejected the call.
    pub user: Option<String>,
    /// The users that the request names as targets, in the order of the request. Empty if the
    /// gateway rejected the call.
    pub targets: Vec<String>,
    /// The `ErrorCode` of the response; `None` if the response has none, or the connection was
    /// closed.
    pub code: Option<i64>,
    /// The codes of the items of the response, except for 0.
    pub item_codes: Vec<i64>,
    /// The numbers of the faults that affected the call.
    pub faults: Vec<u64>,
    /// The number of the call that was sent again as this call; `None` if a client sent this call.
    pub replay_of: Option<u64>,
    /// The number of items of the response that have a code.
    pub(super) items: usize,
    from: IpAddr,
    request: RecordedRequest,
    response: Option<RecordedResponse>,
}

impl CallRecord {
    /// Returns the request as it was received.
    pub fn request(&self) -> &RecordedRequest {
        &self.request
    }

    /// Returns the response as it was sent; `None` if the connection was closed instead.
    pub fn response(&self) -> Option<&RecordedResponse> {
        self.response.as_ref()
    }

    /// Returns the HTTP status of the response; `None` if the connection was closed instead.
    pub fn status(&self) -> Option<u16> {
        self.response().map(RecordedResponse::status)
    }

    /// Returns the address of the client.
    pub(crate) fn from(&self) -> IpAddr {
        self.from
    }

    /// Whether the call failed, at least for one item.
    pub(super) fn is_failed(&self) -> bool {
        self.status().is_none_or(|status| !(200..300).contains(&status))
            || self.code.is_some_and(|code| code != 0)
            || !self.item_codes.is_empty()
    }

    pub(super) fn duration_us(&self) -> u64 {
        u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX)
    }

    /// Returns a record without a number. The log sets the number.
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
            item_codes: call.item_codes.iter().copied().filter(|code| *code != 0).collect(),
            faults: call.faults,
            replay_of: call.replay_of,
            items: call.item_codes.len(),
            from: call.from,
            request: RecordedRequest::new(request),
            response: response.map(RecordedResponse::new),
        }
    }

    /// Returns the approximate size in memory, in bytes.
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
        let mut fields = serializer.serialize_struct("CallRecord", 13)?;
        fields.serialize_field("number", &self.number)?;
        fields.serialize_field("at_ms", &self.at_ms)?;
        fields.serialize_field("duration_us", &self.duration_us())?;
        fields.serialize_field("command", &self.command)?;
        fields.serialize_field("user", &self.user)?;
        fields.serialize_field("targets", &self.targets)?;
        fields.serialize_field("status", &self.status())?;
        fields.serialize_field("code", &self.code)?;
        fields.serialize_field("item_codes", &self.item_codes)?;
        fields.serialize_field("faults", &self.faults)?;
        fields.serialize_field("replay_of", &self.replay_of)?;
        fields.serialize_field("request", &self.request)?;
        fields.serialize_field("response", &self.response)?;
        fields.end()
    }
}

/// A call to record. [`CallRecord::new`] replaces the UserSigs in it.
#[derive(Debug)]
pub(crate) struct NewCall<'a> {
    pub(crate) at_ms: u64,
    pub(crate) duration: Duration,
    pub(crate) command: Option<&'static str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) targets: Vec<String>,
    pub(crate) code: Option<i64>,
    /// The codes of the items, in their order.
    pub(crate) item_codes: Vec<i64>,
    pub(crate) faults: Vec<u64>,
    pub(crate) replay_of: Option<u64>,
    /// The address of the client.
    pub(crate) from: IpAddr,
    pub(crate) request: Request<'a>,
    /// `None` if the connection is closed instead.
    pub(crate) response: Option<Response<'a>>,
}
