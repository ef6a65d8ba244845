//! How many calls a second go out.

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
#[cfg(feature = "redis")]
pub use self::redis::{OnUnavailable, RedisLimiterError, RedisRateLimiter};

/// Says when a call may go out. The service counts by app and command; so does a quota.
///
/// A call takes a [`Waiter`] and asks with it until its turn has come. It does so between its waits, so nothing here blocks.
pub trait RateLimiter: Debug + Send + Sync {
    /// Whether the turn of the holder of `ticket` has come at `now`.
    ///
    /// The first question takes a place in the line. A wait may get shorter when
    /// others leave, and longer when an earlier waiter comes back late.
    fn acquire(&self, of: RateLimitKey<'_>, ticket: &mut Waiter, now: ClockReading) -> Acquire;

    /// The holder of `ticket` gives its place up.
    fn cancel(&self, of: RateLimitKey<'_>, ticket: Waiter);

    /// The response to the call that was sent with `ticket` arrived at `now`.
    ///
    /// Called at most once for a ticket, after [`Acquire::Granted`]. Does nothing by default.
    fn on_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: ClockReading) {
        let _ = (of, ticket, now);
    }

    /// The call that was sent with `ticket` ended without a response at `now`; the service may have counted it or not.
    /// `now` is `None` when the call was dropped in flight, which happens without a clock: that was before any `now` that
    /// the quota is told of next.
    ///
    /// Called at most once for a ticket, after [`Acquire::Granted`], and only if there was no response. Does nothing by default.
    fn on_no_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: Option<ClockReading>) {
        let _ = (of, ticket, now);
    }

    /// The service said that there were too many calls.
    fn on_throttled(&self, of: RateLimitKey<'_>, now: ClockReading);
}

/// What a quota says to a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum Acquire {
    /// Go: the call counts as sent now. Its end is reported with the same ticket.
    Granted,
    /// Come again after this time; never zero.
    RetryAfter(Duration),
    /// The quota has to ask somebody. Come again when that is answered.
    Pending(Pending),
    /// The quota cannot be asked, so nobody may go. Come again after `wait`.
    Unavailable {
        /// Why not.
        reason: String,
        /// After which time it is worth another try.
        retry_after: Duration,
    },
}

/// Whose calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimitKey<'a> {
    /// The app.
    pub sdkappid: SdkAppId,
    /// The command, for example `follow_add`.
    pub command: &'a str,
    /// How many calls a second the service documents for the command.
    pub calls_per_second: u32,
}

impl<'a> RateLimitKey<'a> {
    /// The calls of `command` in an app.
    pub fn new(sdkappid: SdkAppId, command: &'a str, calls_per_second: u32) -> Self {
        Self { sdkappid, command, calls_per_second }
    }
}

/// A place in the line of a quota; empty until the first [`RateLimiter::acquire`] fills it in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Waiter(pub Option<u64>);

/// No quota: every call goes at once. For emulators, and for those who count elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire(&self, _: RateLimitKey<'_>, _: &mut Waiter, _: ClockReading) -> Acquire {
        Acquire::Granted
    }

    fn cancel(&self, _: RateLimitKey<'_>, _: Waiter) {}

    fn on_throttled(&self, _: RateLimitKey<'_>, _: ClockReading) {}
}
