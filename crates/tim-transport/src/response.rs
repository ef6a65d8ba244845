//! What came back.

use std::fmt;
use std::time::Duration;

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status. This service says 200 to refused calls too.
    pub status: u16,
    /// How long the server asked to wait, where it said so in seconds.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, retry_after: None, body: body.into() }
    }

    /// The same answer with the value of its `Retry-After` header; a date in it is not read.
    #[must_use]
    pub fn retry_after(self, header: Option<&str>) -> Self {
        let seconds = header.and_then(|header| header.trim().parse().ok());
        Self { retry_after: seconds.map(Duration::from_secs), ..self }
    }
}

/// Shows no body: it names users.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds() {
        let wait = |header| Response::new(503, "").retry_after(header).retry_after;
        assert_eq!(wait(Some(" 7 ")), Some(Duration::from_secs(7)));
        assert_eq!(wait(Some("Fri, 20 Nov 2026 00:00:00 GMT")), None);
        assert_eq!(wait(None), None);
    }
}
