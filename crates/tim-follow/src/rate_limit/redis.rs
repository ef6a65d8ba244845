//! A quota that a fleet of processes shares through Redis.

mod wait_list;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use std::{fmt, io};

use tim_transport::ClockReading;
use tim_types::SdkAppId;

use super::pace::WINDOW;
use super::{Acquire, LocalRateLimiter, Notifier, Pending, RateLimitKey, RateLimiter, Waiter};
use crate::time::after;
use wait_list::{RETRY, State, WaitList};
use worker::{Keys, Message, Worker};

/// One quota for all processes that name the same Redis: together they stay within the calls a second of each command.
///
/// An atomic script on Redis, going by the clock of Redis, gives each call its turn, first come, first served. No 1.009 s
/// hold more calls than the quota. When the service still complains, all processes give way.
///
/// A thread of its own talks to Redis, for asynchronous and blocking clients alike. It connects when the first call asks,
/// connects again when Redis was away, and takes Redis for away when it says nothing for half a second. What happens then
/// says [`OnUnavailable`]. Whenever those who count change, between Redis, a Redis without its data, and the local share, a
/// window passes before the next call goes, so that none holds more than the quota.
///
/// The keys are `tim:quota:{app:command}:calls` and `:facts`; they go a day after the last call. Redis 5 or newer, or
/// Valkey. A failover to a replica that lags forgets what it had not seen yet. Set the clocks of a Redis and its replicas
/// by a service that slews them: a jump of the clock shortens or lengthens one window.
///
/// ```
/// use std::sync::Arc;
/// use tim_follow::{Config, RedisRateLimiter, Region, SdkAppId, SecretKey, OnUnavailable};
///
/// // Four processes: while Redis is away, each may do a quarter.
/// let quota = RedisRateLimiter::new("redis://127.0.0.1/0")?.on_unavailable(OnUnavailable::LocalShare(50));
/// let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
///     .region(Region::Singapore)
///     .quota(Arc::new(quota));
/// # let _ = config;
/// # Ok::<(), tim_follow::RedisLimiterError>(())
/// ```
pub struct RedisRateLimiter {
    worker: Worker,
    waiting: Arc<WaitList>,
    limits: HashMap<String, u32>,
    prefix: String,
    on_unavailable: OnUnavailable,
    local: LocalRateLimiter,
}

/// What calls do while Redis cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnUnavailable {
    /// None goes out. They wait for Redis until their deadline and then fail with
    /// [`ErrorKind::LimiterUnavailable`](crate::ErrorKind::LimiterUnavailable).
    #[default]
    Wait,
    /// This process makes so many calls a second of each command. With the quota divided by the number of processes, all
    /// of them together stay within it when none reaches Redis. Those that still reach it know nothing of the others.
    LocalShare(u32),
}

/// The address of Redis cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisLimiterError {
    /// It is no address of a Redis. It is not repeated here, since it may hold a password.
    #[error(
        "this is no address of Redis: write redis://[user:password@]host[:port][/database], or unix:///path; TLS is not built in"
    )]
    InvalidUrl,
    /// The thread that talks to Redis could not be started.
    #[error("cannot start the thread of the quota: {0}")]
    Thread(io::Error),
}

impl RedisRateLimiter {
    /// The quota at this address, `redis://[user:password@]host[:port][/database]` or `unix:///path`. It does not connect
    /// yet.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisLimiterError> {
        let client = redis::Client::open(url).map_err(|_| RedisLimiterError::InvalidUrl)?;
        let line = Arc::new(WaitList::new());
        let link = Worker::new(client, line.clone()).map_err(RedisLimiterError::Thread)?;
        Ok(Self {
            worker: link,
            waiting: line,
            limits: HashMap::new(),
            prefix: "tim:quota".to_owned(),
            on_unavailable: OnUnavailable::default(),
            local: LocalRateLimiter::new(),
        })
    }

    /// Another quota for one command, in calls a second; at least 1. All processes should name the same.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// What the keys in Redis start with; `tim:quota` by default.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// What calls do while Redis is away; by default they wait for it.
    #[must_use]
    pub fn on_unavailable(self, on_unavailable: OnUnavailable) -> Self {
        Self { on_unavailable, ..self }
    }

    /// The keys stand in braces, so that a cluster keeps them on one machine.
    fn keys(&self, of: RateLimitKey<'_>) -> Keys {
        let lane = format!("{}:{{{}:{}}}", self.prefix, of.sdkappid, of.command);
        Keys { calls: format!("{lane}:calls"), facts: format!("{lane}:facts") }
    }

    fn ask(&self, of: RateLimitKey<'_>, place: u64, state: &mut State) -> Acquire {
        let (answered, asked): (Notifier, Pending) = Pending::new();
        let limit = self.limits.get(of.command).copied().unwrap_or(of.calls_per_second).max(1);
        let complaint = state.throttled.remove(&throttle_key(of));
        self.worker.send(Message::Acquire { place, lane: self.keys(of), limit, complaint, answered });
        Acquire::Pending(asked)
    }

    /// The turn of a call by the local share.
    fn acquire_local(&self, of: RateLimitKey<'_>, place: u64, state: &mut State, now: ClockReading) -> Acquire {
        let turn = self.local.acquire(of, &mut state.waiting(place).local, now);
        if matches!(turn, Acquire::Granted) {
            if let Some(waiting) = state.remove(place) {
                state.local_in_flight.insert(place, waiting.local);
            }
            state.last_local = Some(now.instant);
        }
        turn
    }

    fn cancel_local(&self, of: RateLimitKey<'_>, ticket: Waiter) {
        if let OnUnavailable::LocalShare(share) = self.on_unavailable {
            self.local.cancel(local_key(of, share), ticket);
        }
    }

    /// Tells the local share of the end of a call that it let go.
    fn end_local(
        &self,
        of: RateLimitKey<'_>,
        ticket: &Waiter,
        tell: impl FnOnce(&LocalRateLimiter, RateLimitKey<'_>, Waiter),
    ) {
        let OnUnavailable::LocalShare(share) = self.on_unavailable else { return };
        if let Some(local) = ticket.0.and_then(|place| self.waiting.lock().local_in_flight.remove(&place)) {
            tell(&self.local, local_key(of, share), local);
        }
    }
}

/// `None` when that is over.
fn wait_for(until: Instant, now: ClockReading) -> Option<Acquire> {
    let left = until.saturating_duration_since(now.instant);
    (!left.is_zero()).then_some(Acquire::RetryAfter(left))
}

/// The service counts by app and command.
fn throttle_key(of: RateLimitKey<'_>) -> (SdkAppId, String) {
    (of.sdkappid, of.command.to_owned())
}

fn local_key(of: RateLimitKey<'_>, share: u32) -> RateLimitKey<'_> {
    RateLimitKey::new(of.sdkappid, of.command, share)
}

impl RateLimiter for RedisRateLimiter {
    fn acquire(&self, of: RateLimitKey<'_>, ticket: &mut Waiter, now: ClockReading) -> Acquire {
        let mut state = self.waiting.lock();
        let place = *ticket.0.get_or_insert_with(|| state.enqueue());
        let waiting = state.waiting(place);
        if let Some(wait) = waiting.delay.take() {
            if wait.is_zero() {
                state.remove(place);
                return Acquire::Granted;
            }
            waiting.until = Some(after(now.instant, wait));
        }
        if let Some(wait) = waiting.until.and_then(|until| wait_for(until, now)) {
            return wait;
        }
        if let Some((away, since, try_again)) = state.outage(now.instant) {
            if try_again {
                self.worker.send(Message::Probe);
            }
            return match self.on_unavailable {
                OnUnavailable::Wait => Acquire::Unavailable { reason: away.reason.clone(), retry_after: RETRY },
                OnUnavailable::LocalShare(share) => wait_for(after(since, WINDOW), now)
                    .unwrap_or_else(|| self.acquire_local(local_key(of, share), place, &mut state, now)),
            };
        }
        if let Some(wait) = state.last_local.and_then(|at| wait_for(after(at, WINDOW), now)) {
            return wait;
        }
        self.cancel_local(of, std::mem::take(&mut state.waiting(place).local));
        self.ask(of, place, &mut state)
    }

    fn cancel(&self, of: RateLimitKey<'_>, ticket: Waiter) {
        let Some(place) = ticket.0 else { return };
        let waiting = self.waiting.lock().remove(place);
        if let Some(waiting) = waiting {
            self.cancel_local(of, waiting.local);
            self.worker.send(Message::Cancel { place, lane: self.keys(of) });
        } else {
            // The local share let it go, but it was not sent.
            self.end_local(of, &ticket, LocalRateLimiter::cancel);
        }
    }

    /// The script on Redis spreads calls instead and counts them when they are sent.
    fn on_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: ClockReading) {
        self.end_local(of, &ticket, |local, of, ticket| local.on_response(of, ticket, now));
    }

    fn on_no_response(&self, of: RateLimitKey<'_>, ticket: Waiter, now: Option<ClockReading>) {
        self.end_local(of, &ticket, |local, of, ticket| local.on_no_response(of, ticket, now));
    }

    fn on_throttled(&self, of: RateLimitKey<'_>, now: ClockReading) {
        self.waiting.lock().throttled.insert(throttle_key(of));
        if let OnUnavailable::LocalShare(share) = self.on_unavailable {
            self.local.on_throttled(local_key(of, share), now);
        }
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for RedisRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, prefix, on_unavailable, .. } = self;
        f.debug_struct("RedisRateLimiter")
            .field("limits", limits)
            .field("prefix", prefix)
            .field("on_unavailable", on_unavailable)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_shown() {
        for url in ["redis://:hunter2@localhost:x", "rediss://:hunter2@localhost", "hunter2"] {
            let error = RedisRateLimiter::new(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        let quota = RedisRateLimiter::new("redis://:hunter2@localhost").unwrap();
        assert!(!format!("{quota:?}").contains("hunter2"), "{quota:?}");
    }

    /// A quota on a port at which nothing listens.
    fn nowhere() -> RedisRateLimiter {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        RedisRateLimiter::new(&format!("redis://127.0.0.1:{port}")).unwrap()
    }

    fn add_of(app: u32) -> RateLimitKey<'static> {
        RateLimitKey::new(SdkAppId(app), "follow_add", 200)
    }

    #[test]
    fn throttling_of_one_app_is_not_reported_for_another() {
        let (quota, now) = (nowhere(), ClockReading::system());
        quota.on_throttled(add_of(1), now);
        let _ = quota.acquire(add_of(2), &mut Waiter::default(), now);
        assert_eq!(quota.waiting.lock().throttled.len(), 1, "not yet reported");
        let _ = quota.acquire(add_of(1), &mut Waiter::default(), now);
        assert_eq!(quota.waiting.lock().throttled.len(), 0);
    }

    #[test]
    fn a_call_of_the_local_share_that_is_not_sent_leaves_nothing_behind() {
        let (quota, mut ticket, now) =
            (nowhere().on_unavailable(OnUnavailable::LocalShare(1)), Waiter::default(), ClockReading::system());
        let Acquire::Pending(asked) = quota.acquire(add_of(1), &mut ticket, now) else { panic!("Redis was not asked") };
        asked.wait(std::time::Duration::from_secs(10));
        assert!(matches!(quota.acquire(add_of(1), &mut ticket, now), Acquire::RetryAfter(WINDOW)));
        let later = ClockReading::at(now.instant + WINDOW);
        assert!(matches!(quota.acquire(add_of(1), &mut ticket, later), Acquire::Granted));
        assert_eq!(quota.waiting.lock().local_in_flight.len(), 1);
        quota.cancel(add_of(1), ticket);
        assert_eq!(quota.waiting.lock().local_in_flight.len(), 0);
        let after = ClockReading::at(later.instant + WINDOW * 2);
        let freed = quota.local.acquire(add_of(1), &mut Waiter::default(), after);
        assert!(matches!(freed, Acquire::RetryAfter(WINDOW)), "{freed:?}");
    }

    #[test]
    fn a_server_that_never_responds_is_reported_as_such() {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let quota = RedisRateLimiter::new(&format!("redis://{}", mute.local_addr().unwrap())).unwrap();
        let (of, mut ticket, now) =
            (RateLimitKey::new(SdkAppId(1), "follow_add", 200), Waiter::default(), ClockReading::system());
        let Acquire::Pending(asked) = quota.acquire(of, &mut ticket, now) else { panic!("Redis was not asked") };
        asked.wait(std::time::Duration::from_secs(10));
        let Acquire::Unavailable { reason, .. } = quota.acquire(of, &mut ticket, now) else {
            panic!("Redis is not away")
        };
        assert_eq!(reason, "no response from Redis within 500 ms");
    }
}
