//! HTTP requests.

use std::fmt;
use std::time::Duration;

/// A `POST` of JSON. The query of its URL contains a secret, the signature.
#[derive(Clone)]
pub struct Request {
    url: String,
    body: Vec<u8>,
    timeout: Duration,
    max_response_bytes: u64,
}

impl Request {
    /// The default time limit: 5 s. The service itself gives up after 3 s.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
    /// The longest time limit: a day. Adding it to the current time does not overflow.
    pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
    /// The default limit of the response: 16 MiB. A page of 1000 users with profiles has about
    /// 0.3 MB.
    pub const DEFAULT_MAX_RESPONSE_BYTES: u64 = 16 << 20;

    /// A `POST` of `body` to `url` with the default limits.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            url: url.into(),
            body: body.into(),
            timeout: Self::DEFAULT_TIMEOUT,
            max_response_bytes: Self::DEFAULT_MAX_RESPONSE_BYTES,
        }
    }

    /// Sets the time limit of the whole request, from connecting to the last byte of the response.
    /// At most [`MAX_TIMEOUT`](Self::MAX_TIMEOUT).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: timeout.min(Self::MAX_TIMEOUT), ..self }
    }

    /// Sets how many bytes the body of the response may have.
    #[must_use]
    pub fn max_response_bytes(self, bytes: u64) -> Self {
        Self { max_response_bytes: bytes, ..self }
    }

    /// The whole URL with the signature. Only send it; keep it out of logs and errors.
    pub fn expose_url(&self) -> &str {
        &self.url
    }

    /// The URL up to its `?`, which is safe to show.
    pub fn endpoint(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the body without copying it.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// How long the whole request may take.
    pub fn time_limit(&self) -> Duration {
        self.timeout
    }

    /// How many bytes the body of the response may have.
    pub fn response_limit(&self) -> u64 {
        self.max_response_bytes
    }
}

/// Shows neither the query of the URL nor the body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("endpoint", &self.endpoint())
            .field("body_bytes", &self.body.len())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_query_nor_body() {
        let request = Request::post("https://host/v4/follow/follow_add?usersig=secret", "{\"From_Account\":\"alice\"}");
        let shown = format!("{request:?}");
        assert!(shown.contains("https://host/v4/follow/follow_add"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("alice"), "{shown}");
    }
}
