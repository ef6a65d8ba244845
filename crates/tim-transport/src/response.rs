//! HTTP responses.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

/// An HTTP response with any status.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status. The service sends 200 for rejected calls too.
    pub status: u16,
    /// `Retry-After` if it is a number of seconds.
    pub retry_after: Option<Duration>,
    /// `Retry-After` if it is a date of the server's clock, in unix seconds.
    pub retry_at: Option<u64>,
    /// `Date`: when the server sent the response by its own clock, in unix seconds.
    pub date: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with this status and body, without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, retry_after: None, retry_at: None, date: None, body: body.into() }
    }

    /// Sets `Retry-After` from the value of the header: a number of seconds or an HTTP date. Other
    /// values are ignored.
    #[must_use]
    pub fn retry_after(self, header: Option<&str>) -> Self {
        let seconds = header.and_then(|header| seconds(header.trim()));
        let retry_at = header.and_then(unix_seconds);
        Self { retry_after: seconds.map(Duration::from_secs), retry_at, ..self }
    }

    /// How long to wait according to `Retry-After`. A date is compared with the `Date` of the
    /// response, or with `now`, in unix seconds, if there is none.
    pub fn wait(&self, now: u64) -> Option<Duration> {
        let until = |at: u64| Duration::from_secs(at.saturating_sub(self.date.unwrap_or(now)));
        self.retry_after.or(self.retry_at.map(until))
    }

    /// Sets `Date` from the value of the header. A value that is not an HTTP date is ignored.
    #[must_use]
    pub fn date(self, header: Option<&str>) -> Self {
        Self { date: header.and_then(unix_seconds), ..self }
    }
}

/// Parses an HTTP date, to unix seconds.
fn unix_seconds(header: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(header.trim()).ok()?;
    date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// Parses a number of seconds. A number that is too large becomes the largest.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Does not show the body, because it contains user ids.
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
    fn a_date_in_retry_after_is_relative_to_the_date_of_the_response_or_to_now() {
        let response = || Response::new(503, "").retry_after(Some("Fri, 20 Nov 2026 00:00:07 GMT"));
        let seconds = |response: Response, now| response.wait(now).map(|wait| wait.as_secs());
        assert_eq!(seconds(response(), 1_795_132_800), Some(7));
        assert_eq!(seconds(response(), 1_795_132_900), Some(0), "the date has passed");
        assert_eq!(seconds(response().date(Some("Fri, 20 Nov 2026 00:00:02 GMT")), 0), Some(5));
        assert_eq!(seconds(Response::new(503, "").retry_after(Some("yesterday")), 0), None);
        assert_eq!(seconds(response().retry_after(Some("3")), 0), Some(3));
    }

    #[test]
    fn a_date_is_read_in_unix_seconds() {
        let date = |header| Response::new(200, "").date(header).date;
        assert_eq!(date(Some("Fri, 20 Nov 2026 00:00:00 GMT")), Some(1_795_132_800));
        assert_eq!(date(Some("yesterday")), None);
        assert_eq!(date(None), None);
    }
}
