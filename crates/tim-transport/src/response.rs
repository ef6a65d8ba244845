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
    /// Until when the server asked to wait by its own clock, in unix seconds, where it named a date.
    pub retry_at: Option<u64>,
    /// When the server answered by its own clock, in unix seconds, where it said so.
    pub date: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, retry_after: None, retry_at: None, date: None, body: body.into() }
    }

    /// The same answer with the value of its `Retry-After` header, which is a number of seconds or an HTTP date.
    #[must_use]
    pub fn retry_after(self, header: Option<&str>) -> Self {
        let seconds = header.and_then(|header| seconds(header.trim()));
        let retry_at = header.and_then(unix_seconds);
        Self { retry_after: seconds.map(Duration::from_secs), retry_at, ..self }
    }

    /// How long the server asked to wait, in seconds or with a date. A date counts from the `Date` of the answer, else from
    /// `now`, in unix seconds.
    pub fn wait(&self, now: u64) -> Option<Duration> {
        let until = |at: u64| Duration::from_secs(at.saturating_sub(self.date.unwrap_or(now)));
        self.retry_after.or(self.retry_at.map(until))
    }

    /// The same answer with the value of its `Date` header; what is no date is left out.
    #[must_use]
    pub fn date(self, header: Option<&str>) -> Self {
        Self { date: header.and_then(unix_seconds), ..self }
    }
}

/// An HTTP date in unix seconds.
fn unix_seconds(header: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(header.trim()).ok()?;
    date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
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
        assert_eq!(wait(Some("99999999999999999999")), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(wait(Some("Fri, 20 Nov 2026 00:00:00 GMT")), None);
        assert_eq!((wait(Some("-1")), wait(Some("")), wait(None)), (None, None, None));
    }

    #[test]
    fn a_date_to_retry_at_counts_from_the_date_of_the_answer_or_from_now() {
        let answer = || Response::new(503, "").retry_after(Some("Fri, 20 Nov 2026 00:00:07 GMT"));
        let seconds = |answer: Response, now| answer.wait(now).map(|wait| wait.as_secs());
        assert_eq!(seconds(answer(), 1_795_132_800), Some(7));
        assert_eq!(seconds(answer(), 1_795_132_900), Some(0), "it has passed");
        assert_eq!(seconds(answer().date(Some("Fri, 20 Nov 2026 00:00:02 GMT")), 0), Some(5));
        assert_eq!(seconds(Response::new(503, "").retry_after(Some("yesterday")), 0), None);
        assert_eq!(seconds(answer().retry_after(Some("3")), 0), Some(3));
    }

    #[test]
    fn a_date_is_read_in_unix_seconds() {
        let date = |header| Response::new(200, "").date(header).date;
        assert_eq!(date(Some("Fri, 20 Nov 2026 00:00:00 GMT")), Some(1_795_132_800));
        assert_eq!(date(Some("yesterday")), None);
        assert_eq!(date(None), None);
    }
}
