//! The rate limiter of one process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tim_transport::ClockReading;
use tim_types::SdkAppId;

use super::round_trip::IdleConnections;
use super::sliding_window::SlidingWindow;
use super::{Acquire, RateLimitKey, RateLimiter, Waiter};

/// Limits the calls of one process to the documented number per second of each command, 200 by
/// default, in order of arrival.
///
/// The service counts at most 200 calls in any second, even if connections have to be opened first:
/// a call holds one of 200 slots until its response arrives, and then for another 1.009 s less the
/// smallest round trip. So at most 200 calls are in flight. If the end of a call is not reported
/// through [`RateLimiter::on_response`] or [`RateLimiter::on_no_response`], the call counts as
/// ended after 15 seconds. A waiter that is 100 ms late does not delay the others until it comes
/// back.
///
/// If the service reports too many calls, for example because other processes use the same app, the
/// rate goes down by 5 %, or by 20 % if that happens again within five seconds. It recovers within
/// seconds.
///
/// ```
/// use std::sync::Arc;
/// use tim_follow::{Config, LocalRateLimiter, Region, SdkAppId, SecretKey};
///
/// // Two processes call follow_add, so each gets half of the limit.
/// let limiter = LocalRateLimiter::new().limit("follow_add", 100);
/// let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
///     .region(Region::Singapore)
///     .rate_limiter(Arc::new(limiter));
/// # let _ = config;
/// ```
#[derive(Debug, Default)]
pub struct LocalRateLimiter {
    limits: HashMap<String, u32>,
    apps: Mutex<HashMap<SdkAppId, App>>,
}

/// The calls of one app.
#[derive(Debug, Default)]
struct App {
    windows: HashMap<String, SlidingWindow>,
    connections: IdleConnections,
}

impl LocalRateLimiter {
    /// A rate limiter with the documented limit of each command.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets another limit for one command, in calls per second; at least 1.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// Runs `act` on the sliding window of `key`.
    fn with_window<T>(&self, key: RateLimitKey<'_>, act: impl FnOnce(&mut SlidingWindow) -> T) -> T {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let App { windows, connections } = apps.entry(key.sdkappid).or_default();
        if let Some(window) = windows.get_mut(key.command) {
            return act(window);
        }
        let limit = self.limits.get(key.command).copied().unwrap_or(key.calls_per_second);
        let window = || SlidingWindow::new(limit, connections.clone());
        act(windows.entry(key.command.to_owned()).or_insert_with(window))
    }
}

impl RateLimiter for LocalRateLimiter {
    fn acquire(&self, key: RateLimitKey<'_>, waiter: &mut Waiter, now: ClockReading) -> Acquire {
        let delay = self.with_window(key, |window| {
            let number = waiter.0.get_or_insert_with(|| window.enqueue());
            window.acquire(number, now.instant)
        });
        if delay == Duration::ZERO { Acquire::Granted } else { Acquire::RetryAfter(delay) }
    }

    fn cancel(&self, key: RateLimitKey<'_>, waiter: Waiter) {
        if let Some(number) = waiter.0 {
            self.with_window(key, |window| window.cancel(number));
        }
    }

    fn on_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: ClockReading) {
        if let Some(number) = waiter.0 {
            self.with_window(key, |window| window.on_response(number, now.instant));
        }
    }

    fn on_no_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: Option<ClockReading>) {
        if let Some(number) = waiter.0 {
            self.with_window(key, |window| window.on_no_response(number, now.map(|now| now.instant)));
        }
    }

    fn on_throttled(&self, key: RateLimitKey<'_>, now: ClockReading) {
        self.with_window(key, |window| window.on_throttled(now.instant));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::rate_limit::pace::WINDOW;

    const MS: Duration = Duration::from_millis(1);

    struct Calls {
        limiter: LocalRateLimiter,
        start: Instant,
    }

    impl Calls {
        #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
        fn new() -> Self {
            Self { limiter: LocalRateLimiter::new(), start: Instant::now() }
        }

        fn at(&self, ms: u32) -> ClockReading {
            ClockReading { instant: self.start + ms * MS, unix: 0 }
        }

        fn acquire(&self, command: &str, ms: u32) -> Result<Waiter, Duration> {
            let mut waiter = Waiter::default();
            match self.limiter.acquire(key(command), &mut waiter, self.at(ms)) {
                Acquire::RetryAfter(wait) => Err(wait),
                _ => Ok(waiter),
            }
        }

        fn respond(&self, command: &str, waiter: Waiter, ms: u32) {
            self.limiter.on_response(key(command), waiter, self.at(ms));
        }
    }

    fn key(command: &str) -> RateLimitKey<'_> {
        RateLimitKey::new(SdkAppId(1), command, 1)
    }

    #[test]
    fn a_connection_that_another_command_uses_is_not_idle() {
        let calls = Calls::new();
        let first = calls.acquire("follow_get", 0).unwrap();
        calls.respond("follow_get", first, 160);
        // Takes the open connection, and is in flight until the end.
        let _other = calls.acquire("follow_add", 1100).unwrap();
        // So this call opens a connection: its round trip contains a handshake of 150 ms.
        let second = calls.acquire("follow_get", 1169).unwrap();
        calls.respond("follow_get", second, 1329);
        assert_eq!(calls.acquire("follow_get", 1329).unwrap_err(), WINDOW);
    }
}
