//! Limits of a call.

use std::time::Duration;

use tim_transport::Request;

/// The limits of one call: attempts, time and size.
///
/// With the defaults, a call always ends within 20 s. It sends at most 4 requests of at most 5 s
/// each, and reads a response of at most 16 MiB into memory. The 20 s include all waits, for the
/// rate limiter and before retries.
///
/// ```
/// use std::time::Duration;
/// use tim_follow::Limits;
///
/// // For a user who waits for the result.
/// let limits = Limits::default().max_attempts(2).deadline(Duration::from_secs(3));
/// # assert_eq!(limits.max_attempts, 2);
/// ```
///
/// Larger values than [`MAX_ATTEMPTS`](Self::MAX_ATTEMPTS), [`MAX_TIME`](Self::MAX_TIME) and
/// [`MAX_RESPONSE_BYTES`](Self::MAX_RESPONSE_BYTES) are reduced to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most requests of a call; 4 by default. 1 disables retries, and 0 counts as 1.
    pub max_attempts: u32,
    /// The time limit of one request; 5 s by default. Use more than 3 s, after which the service
    /// itself gives up.
    pub attempt_timeout: Duration,
    /// The time limit of the whole call with all waits and retries; 20 s by default. A call whose
    /// next wait would exceed it fails without waiting.
    pub deadline: Duration,
    /// The longest wait before the first retry; 200 ms by default. It doubles with each further
    /// retry, up to 5 s. The actual wait is a random part of it.
    pub initial_backoff: Duration,
    /// The most bytes of a response body; 16 MiB by default. A page of 1000 users with profiles has
    /// about 0.3 MB.
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
    /// The upper bound of `max_attempts`.
    pub const MAX_ATTEMPTS: u32 = 100;
    /// The upper bound of all times: one day.
    pub const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);
    /// The upper bound of `max_response_bytes`: 1 GiB.
    pub const MAX_RESPONSE_BYTES: u64 = 1 << 30;

    /// These limits, reduced to the upper bounds.
    pub(crate) fn bounded(self) -> Self {
        Self {
            max_attempts: self.max_attempts.min(Self::MAX_ATTEMPTS),
            attempt_timeout: self.attempt_timeout.min(Self::MAX_TIME),
            deadline: self.deadline.min(Self::MAX_TIME),
            initial_backoff: self.initial_backoff.min(Self::MAX_TIME),
            max_response_bytes: self.max_response_bytes.min(Self::MAX_RESPONSE_BYTES),
        }
    }

    /// Sets the most requests of a call.
    #[must_use]
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// Sets the time limit of one request.
    #[must_use]
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// Sets the time limit of the whole call.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets the longest wait before the first retry.
    #[must_use]
    pub fn initial_backoff(self, initial_backoff: Duration) -> Self {
        Self { initial_backoff, ..self }
    }

    /// Sets the most bytes of a response body.
    #[must_use]
    pub fn max_response_bytes(self, max_response_bytes: u64) -> Self {
        Self { max_response_bytes, ..self }
    }
}
