//! Rate limiters, which limit how many calls per second are sent.

mod local;
mod pace;
mod pending;
#[cfg(feature = "redis")]
mod redis;
mod round_trip;
mod sliding_window;

use std::fmt::Debug;
use std::time::Duration;

use tim_transport::ClockReading;
use tim_types::SdkAppId;

pub use self::local::LocalRateLimiter;
pub use self::pending::{Notifier, Pending};
#[cfg(feature = "direct")]
pub use self::redis::{DirectCommand, DirectMessage, DirectRedis, DirectRound};
#[cfg(feature = "redis")]
pub use self::redis::{OnUnavailable, RedisLimiterError, RedisRateLimiter};

/// Decides when a call is sent. Calls are counted by app and command, as the service counts them.
///
/// The client calls [`acquire`](Self::acquire) with a [`Waiter`] until it is granted, and waits in
/// between. So no function here may block. After the call it reports the end with
/// [`on_response`](Self::on_response) or [`on_no_response`](Self::on_no_response).
pub trait RateLimiter: Debug + Send + Sync {
    /// Tries to acquire a slot at `now`.
    ///
    /// The first call with an empty `waiter` enqueues it. A returned delay can get shorter when
    /// earlier waiters are cancelled, and longer when an earlier waiter comes back late.
    fn acquire(&self, key: RateLimitKey<'_>, waiter: &mut Waiter, now: ClockReading) -> Acquire;

    /// Removes a waiter whose call will not be sent. It may have been granted a slot already.
    fn cancel(&self, key: RateLimitKey<'_>, waiter: Waiter);

    /// Reports that the response to a call arrived at `now`.
    ///
    /// Called at most once for a waiter, after [`Acquire::Granted`]. Does nothing by default.
    fn on_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: ClockReading) {
        let _ = (key, waiter, now);
    }

    /// Reports that a call ended without a response at `now`. The service may have counted it.
    ///
    /// `now` is `None` if the call was dropped in flight, because `drop` cannot read the clock. The
    /// call ended before the `now` of the next function that is called.
    ///
    /// Called at most once for a waiter, after [`Acquire::Granted`], and only if there was no
    /// response. Does nothing by default.
    fn on_no_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: Option<ClockReading>) {
        let _ = (key, waiter, now);
    }

    /// Reports that the service rejected a call because there were too many calls.
    fn on_throttled(&self, key: RateLimitKey<'_>, now: ClockReading);
}

/// The result of [`RateLimiter::acquire`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Acquire {
    /// The call is sent now, and counts as sent at this moment. Its end is reported with the same
    /// waiter.
    Granted,
    /// Try again after this time, which is never zero.
    RetryAfter(Duration),
    /// The rate limiter waits for another system. Try again when [`Pending`] ends.
    Pending(Pending),
    /// The rate limiter cannot decide, and the call is not sent. Try again after `retry_after`.
    Unavailable {
        /// Why, and what to do. Becomes part of the error if the deadline of the call passes.
        reason: String,
        /// After which time to try again.
        retry_after: Duration,
    },
}

/// The calls that are counted together: those of one command of one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimitKey<'a> {
    /// The app.
    pub sdkappid: SdkAppId,
    /// The command, for example `follow_add`.
    pub command: &'a str,
    /// The documented limit of the command, in calls per second.
    pub calls_per_second: u32,
}

impl<'a> RateLimitKey<'a> {
    /// The key of `command` in an app.
    pub fn new(sdkappid: SdkAppId, command: &'a str, calls_per_second: u32) -> Self {
        Self { sdkappid, command, calls_per_second }
    }
}

/// One call at a rate limiter. It contains a number that the rate limiter chooses; `None` until the
/// first [`RateLimiter::acquire`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Waiter(pub Option<u64>);

/// A rate limiter without a limit: every call is sent at once. For emulators, and for programs that
/// limit calls elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire(&self, _: RateLimitKey<'_>, _: &mut Waiter, _: ClockReading) -> Acquire {
        Acquire::Granted
    }

    fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

    fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
}
