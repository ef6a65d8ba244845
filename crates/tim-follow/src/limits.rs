//! How long a call may take and how often it may be tried.

use std::time::Duration;

use tim_transport::Request;

/// The bounds of a call.
///
/// With the defaults a call ends within 20 s, whatever happens: at most 4 requests of at most 5 s each, the waits for the
/// quota and between the requests included, and an answer of at most 16 MiB held in memory. A value beyond
/// [`MAX_ATTEMPTS`](Self::MAX_ATTEMPTS), [`MAX_TIME`](Self::MAX_TIME) or [`MAX_RESPONSE_BYTES`](Self::MAX_RESPONSE_BYTES) counts as
/// that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many requests a call may send; 4 by default, 1 for no repetition. 0 counts as 1.
    pub max_attempts: u32,
    /// How long one request may take; 5 s by default. The service itself gives up after 3 s, so give it more.
    pub attempt_timeout: Duration,
    /// How long the whole call may take, every wait included; 20 s by default.
    pub deadline: Duration,
    /// How long the pause before the first repetition is at most; 200 ms by default. The bound doubles with each further
    /// one, up to 5 s, and the pause is a random part of it.
    pub initial_backoff: Duration,
    /// How many bytes an answer may have; 16 MiB by default. A page of 1000 users with profiles has about 0.3 MB.
    pub max_response_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            attempt_timeout: Request::DEFAULT_TIMEOUT,
            deadline: Duration::from_secs(20),
            initial_backoff: Duration::from_millis(200),
            max_response_bytes: Request::DEFAULT_MAX_RESPONSE_BYTES,
        }
    }
}

impl Limits {
    /// The most requests of one call; more count as this many.
    pub const MAX_ATTEMPTS: u32 = 100;
    /// The longest time of a request, a call or a pause: a day. Longer ones count as a day.
    pub const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);
    /// The most bytes of a response: 1 GiB. More count as this many.
    pub const MAX_RESPONSE_BYTES: u64 = 1 << 30;

    /// These bounds, none of them beyond its own bound.
    pub(crate) fn bounded(self) -> Self {
        Self {
            max_attempts: self.max_attempts.min(Self::MAX_ATTEMPTS),
            attempt_timeout: self.attempt_timeout.min(Self::MAX_TIME),
            deadline: self.deadline.min(Self::MAX_TIME),
            initial_backoff: self.initial_backoff.min(Self::MAX_TIME),
            max_response_bytes: self.max_response_bytes.min(Self::MAX_RESPONSE_BYTES),
        }
    }

    /// The same bounds with this many requests.
    #[must_use]
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts, ..self }
    }

    /// The same bounds with this time for one request.
    #[must_use]
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// The same bounds with this time for the whole call.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The same bounds with this bound of the first pause.
    #[must_use]
    pub fn initial_backoff(self, initial_backoff: Duration) -> Self {
        Self { initial_backoff: initial_backoff, ..self }
    }

    /// The same bounds with this size of an answer, in bytes.
    #[must_use]
    pub fn max_response_bytes(self, max_response_bytes: u64) -> Self {
        Self { max_response_bytes: max_response_bytes, ..self }
    }
}
