//! What came back.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status. This service says 200 to refused calls too.
    pub status: u16,
    /// How long the server asked to wait, where it said so in seconds.
    pub retry_after: Option<Duration>,
    /// When the server answered by its own clock, in unix seconds, where it said so.
    pub date: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, retry_after: None, date: None, body: body.into() }
    }

    /// The same answer with the value of its `Retry-After` header; a date in it is not read.
    #[must_use]
    pub fn retry_after(self, header: Option<&str>) -> Self {
        let seconds = header.and_then(|header| seconds(header.trim()));
        Self { retry_after: seconds.map(Duration::from_secs), ..self }
    }

    /// The same answer with the value of its `Date` header; what is no date is left out.
    #[must_use]
    pub fn date(self, header: Option<&str>) -> Self {
        let date = header.and_then(|header| httpdate::parse_http_date(header.trim()).ok());
        let since = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        Self { date: since.map(|since| since.as_secs()), ..self }
    }
}

/// A number of seconds; one that is too large is the largest.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Shows no body: it names users.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("date", &self.date)
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

    #[test]
    fn a_date_is_read_in_unix_seconds() {
        let date = |header| Response::new(200, "").date(header).date;
        assert_eq!(date(Some("Fri, 20 Nov 2026 00:00:00 GMT")), Some(1_795_132_800));
        assert_eq!(date(Some("yesterday")), None);
        assert_eq!(date(None), None);
    }
}
