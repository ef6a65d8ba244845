//! The response to a request.

use serde::Serialize;
use tim_types::webhook;

/// The response to a request. Send it with the header `Content-Type: application/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status. The service counts another one than 200 as a failure.
    pub status: u16,
    /// The body, which is JSON.
    pub body: String,
}

impl Response {
    /// The event could not be handled. If the switch for retries is on in the console, the service
    /// may send it again; the documents name only the timeout as a cause. `reason` is for the log
    /// of the service.
    ///
    /// [`Receiver::forget`](crate::Receiver::forget) makes that the retry is not marked as a
    /// duplicate.
    pub fn failed(reason: &str) -> Self {
        Self::error(500, reason)
    }

    /// Whether the service counts the event as received.
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }

    pub(crate) fn received() -> Self {
        Self { status: 200, body: webhook::OK.to_owned() }
    }

    pub(crate) fn of(body: &impl Serialize) -> Self {
        serde_json::to_string(body)
            .map_or_else(|error| Self::failed(&error.to_string()), |body| Self { status: 200, body })
    }

    pub(crate) fn error(status: u16, reason: &str) -> Self {
        let body = serde_json::json!({"ActionStatus": "FAIL", "ErrorCode": status, "ErrorInfo": reason});
        Self { status, body: body.to_string() }
    }
}
