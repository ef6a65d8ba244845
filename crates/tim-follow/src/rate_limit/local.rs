//! A quota that one process keeps for itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tim_transport::ClockReading;
use tim_types::SdkAppId;

use super::sliding_window::SlidingWindow;
use super::{Acquire, RateLimitKey, RateLimiter, Waiter};

/// A quota for the calls of one process: 200 a second and command unless told otherwise, first come, first served.
///
/// A call holds one of 200 slots until its response, and after that for 1.009 s less the smallest round trip. So the
/// service counts at most 200 calls in any second, also when connections have to be opened first. It learns of responses
/// through [`RateLimiter::on_response`] and [`RateLimiter::on_no_response`]; a call whose end is not reported for 15 s counts as ended
/// then. At most 200 calls are in flight at once. A waiter that is 100 ms late loses its place until it asks again.
///
/// When the service still says that there are too many, because other processes use the same app, it gives way by a
/// twentieth, or by a fifth when that happens again within five seconds, and comes back within seconds.
#[derive(Debug, Default)]
pub struct LocalRateLimiter {
    limits: HashMap<String, u32>,
    windows: Mutex<HashMap<SdkAppId, HashMap<String, SlidingWindow>>>,
}

impl LocalRateLimiter {
    /// The documented quota of each command.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another quota for one command, in calls a second; at least 1. A share of it, for example, when two processes call.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// Does something with the lane of these calls.
    fn with_window<T>(&self, of: RateLimitKey<'_>, act: impl FnOnce(&mut SlidingWindow) -> T) -> T {
        let mut lanes: MutexGuard<'_, _> = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let of_app = lanes.entry(of.sdkappid).or_default();
        if let Some(lane) = of_app.get_mut(of.command) {
            return act(lane);
        }
        let limit = self.limits.get(of.command).copied().unwrap_or(of.calls_per_second);
        act(of_app.entry(of.command.to_owned()).or_insert_with(|| SlidingWindow::new(limit)))
    }
}

impl RateLimiter for LocalRateLimiter {
    fn acquire(&self, of: RateLimitKey<'_>, ticket: &mut Waiter, now: ClockReading) -> Acquire {
        let wait = self.with_window(of, |lane| {
            let number = ticket.0.get_or_insert_with(|| lane.enqueue());
            lane.acquire(number, now.instant)
        });
        if wait == Duration::ZERO { Acquire::Granted } else { Acquire::RetryAfter(wait) }
    }

    fn cancel(&self, of: RateLimitKey<'_>, ticket: Waiter) {
        if let Some(number) = ticket.0 {
            self.with_window(of, |lane| lane.cancel(number));
        }
    }

    fn on_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: ClockReading) {
        if let Some(number) = ticket.0 {
            self.with_window(of, |lane| lane.on_response(number, now.instant));
        }
    }

    fn on_no_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: Option<ClockReading>) {
        if let Some(number) = ticket.0 {
            self.with_window(of, |lane| lane.on_no_response(number, now.map(|now| now.instant)));
        }
    }

    fn on_throttled(&self, of: RateLimitKey<'_>, now: ClockReading) {
        self.with_window(of, |lane| lane.on_throttled(now.instant));
    }
}
