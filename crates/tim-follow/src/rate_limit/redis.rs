//! A rate limiter that processes share through Redis.

mod connection;
#[cfg(feature = "direct")]
mod direct;
mod reason;
mod round;
mod wait_list;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io};

use tim_transport::ClockReading;

use super::pace::WINDOW;
use super::{Acquire, LocalRateLimiter, Pending, RateLimitKey, RateLimiter, Waiter};
use crate::time::after;
#[cfg(feature = "direct")]
pub use direct::{DirectCommand, DirectMessage, DirectRedis, DirectRound};
use round::{Keys, Message};
use wait_list::{State, ThrottleKey, WaitList};

/// Redis counts as unavailable after this time without a response.
const TIMEOUT: Duration = Duration::from_millis(500);
/// How often an unavailable Redis is tried.
const RETRY: Duration = Duration::from_millis(100);
/// After this time without a try, Redis may be available again, and other processes may use it. It
/// is longer than the time between two calls of a local share of one call per second.
const STALE: Duration = Duration::from_millis(2018);

/// Limits the calls of all processes that use the same Redis: together they stay within the calls
/// per second of each command.
///
/// A script on Redis grants the slots atomically, in order of arrival, by the clock of Redis. It
/// grants at most the limit in any period of 1.020 s. So no second contains more calls than the
/// limit, unless the time from the grant until the call arrives at the service varies by more than
/// 20 ms. If the service still reports too many calls, all processes slow down.
///
/// Asynchronous and blocking clients share one thread (`tim-rate-limit`) that talks to Redis. It
/// connects at the first call and reconnects after a failure. Redis counts as unavailable if it
/// does not respond within 500 ms; [`OnUnavailable`] says what happens then. A process
/// changes between Redis and its local share only after one window without calls. It notices at its
/// next call that Redis is available again. If Redis has lost its data, the first call is granted
/// after one window.
///
/// The limiter needs Redis 5 or newer, or Valkey. Its keys are `tim:quota:{app:command}:calls` and
/// `:facts`; they expire one day after the last call. A failover to a replica loses what had not
/// been replicated. Use a time service that slews the clocks of Redis and its replicas: a jump of
/// the clock makes one window shorter or longer.
///
/// ```
/// use std::sync::Arc;
/// use tim_follow::{Config, OnUnavailable, RedisRateLimiter, Region, SdkAppId, SecretKey};
///
/// // Four processes: while Redis is unavailable, each makes at most a quarter of the calls.
/// let limiter = RedisRateLimiter::new("redis://127.0.0.1/0")?.on_unavailable(OnUnavailable::LocalShare(50));
/// let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key"))
///     .region(Region::Singapore)
///     .rate_limiter(Arc::new(limiter));
/// # let _ = config;
/// # Ok::<(), tim_follow::RedisLimiterError>(())
/// ```
pub struct RedisRateLimiter {
    /// Sends a message to Redis. Its result comes to `waiting`.
    send: Box<dyn Fn(Message) + Send + Sync>,
    waiting: Arc<WaitList>,
    limits: HashMap<String, u32>,
    prefix: String,
    on_unavailable: OnUnavailable,
    local: LocalRateLimiter,
}

/// What happens to calls while Redis is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnUnavailable {
    /// Calls wait for Redis until their deadline, and then fail with
    /// [`ErrorKind::LimiterUnavailable`](crate::ErrorKind::LimiterUnavailable). None is sent.
    #[default]
    Wait,
    /// This process sends at most this many calls per second of each command. Give each process the
    /// limit divided by the number of processes: then all of them stay within the limit while none
    /// reaches Redis. Processes that still reach Redis do not count the others.
    LocalShare(u32),
}

/// Why a [`RedisRateLimiter`] cannot be created. No message contains the URL, which may contain a
/// password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisLimiterError {
    /// The URL is invalid.
    #[error(
        "invalid Redis URL (not shown, since it may contain a password): write redis://[user:password@]host[:port][/database], \
         rediss:// for TLS, or unix:///path, and percent-encode special characters of the password"
    )]
    InvalidUrl,
    /// The URL asks for TLS, but the feature `redis-tls` is off.
    #[error("no TLS for Redis in this build: enable the feature `redis-tls` of tim-follow, or use a redis:// URL")]
    TlsDisabled,
    /// The root certificates are not certificates in PEM, or the URL does not ask for TLS.
    #[error("the root certificates for Redis cannot be used: {problem}")]
    #[non_exhaustive]
    RootCertificates {
        /// Why, and what to do.
        problem: String,
    },
    /// The thread that talks to Redis cannot be started.
    #[error("cannot start the thread that talks to Redis: {0}")]
    SpawnThread(io::Error),
}

impl RedisRateLimiter {
    /// Creates a rate limiter from the URL of Redis. It does not connect yet.
    ///
    /// | URL | connection |
    /// |---|---|
    /// | `redis://[user:password@]host[:port][/database]` | TCP |
    /// | `rediss://[user:password@]host[:port][/database]` | TLS; needs the feature `redis-tls` |
    /// | `unix:///path` | a Unix socket |
    ///
    /// With TLS, the certificate of Redis is verified with the root certificates of the system, or
    /// with those of the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR`. Use
    /// `with_root_certificates` for a private authority. If the process has not installed a default
    /// crypto provider for rustls, this function installs aws-lc-rs.
    ///
    /// # Errors
    /// [`RedisLimiterError`] if the URL is invalid or the thread cannot be started.
    pub fn new(url: &str) -> Result<Self, RedisLimiterError> {
        Self::with_client(connection::open(url)?)
    }

    /// Like [`new`](Self::new), but verifies the certificate of Redis only with the root
    /// certificates in `pem`, in place of those of the system. The URL has to start with
    /// `rediss://`.
    ///
    /// # Errors
    /// [`RedisLimiterError`] if the URL or the certificates cannot be used, or the thread cannot be
    /// started.
    #[cfg(feature = "redis-tls")]
    pub fn with_root_certificates(url: &str, pem: &str) -> Result<Self, RedisLimiterError> {
        Self::with_client(connection::open_with_roots(url, pem)?)
    }

    fn with_client(client: redis::Client) -> Result<Self, RedisLimiterError> {
        let waiting = Arc::new(WaitList::new(fastrand::u64(..)));
        let inbox = worker::start(client, waiting.clone()).map_err(RedisLimiterError::SpawnThread)?;
        // The thread ends only after the limiter is dropped, so there is a receiver.
        Ok(Self::with_sender(waiting, move |message| drop(inbox.send(message))))
    }

    fn with_sender(waiting: Arc<WaitList>, send: impl Fn(Message) + Send + Sync + 'static) -> Self {
        Self {
            send: Box::new(send),
            waiting,
            limits: HashMap::new(),
            prefix: "tim:quota".to_owned(),
            on_unavailable: OnUnavailable::default(),
            local: LocalRateLimiter::new(),
        }
    }

    /// Sets another limit for one command, in calls per second; at least 1. Use the same in all
    /// processes.
    #[must_use]
    pub fn limit(mut self, command: impl Into<String>, calls_per_second: u32) -> Self {
        self.limits.insert(command.into(), calls_per_second);
        self
    }

    /// Sets the prefix of the keys in Redis; `tim:quota` by default. Use the same in all processes.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Sets what happens to calls while Redis is unavailable; by default they wait.
    #[must_use]
    pub fn on_unavailable(self, on_unavailable: OnUnavailable) -> Self {
        Self { on_unavailable, ..self }
    }

    /// The keys of a command in Redis. The braces make a Redis cluster store both on one node.
    fn keys(&self, key: RateLimitKey<'_>) -> Keys {
        let start = format!("{}:{{{}:{}}}", self.prefix, key.sdkappid, key.command);
        Keys { calls: format!("{start}:calls"), facts: format!("{start}:facts") }
    }

    fn acquire_from_redis(&self, key: RateLimitKey<'_>, number: u64, state: &mut State) -> Acquire {
        let (notifier, pending) = Pending::new();
        let limit = self.limits.get(key.command).copied().unwrap_or(key.calls_per_second).max(1);
        let throttled = state.throttled.take(&throttle_key(key));
        (self.send)(Message::Acquire { number, keys: self.keys(key), limit, throttled, notifier });
        Acquire::Pending(pending)
    }

    fn acquire_local(&self, key: RateLimitKey<'_>, number: u64, state: &mut State, now: ClockReading) -> Acquire {
        let result = self.local.acquire(key, &mut state.waiting(number).local, now);
        if matches!(result, Acquire::Granted) {
            if let Some(waiting) = state.remove(number) {
                state.local_in_flight.insert(number, waiting.local);
            }
            state.last_local = Some(now.instant);
        }
        result
    }

    fn cancel_local(&self, key: RateLimitKey<'_>, waiter: Waiter) {
        if let OnUnavailable::LocalShare(share) = self.on_unavailable {
            self.local.cancel(local_key(key, share), waiter);
        }
    }

    /// Reports the end of a call to the local limiter, if that granted it.
    fn end_local(
        &self,
        key: RateLimitKey<'_>,
        waiter: &Waiter,
        report: impl FnOnce(&LocalRateLimiter, RateLimitKey<'_>, Waiter),
    ) {
        let OnUnavailable::LocalShare(share) = self.on_unavailable else { return };
        if let Some(local) = waiter.0.and_then(|number| self.waiting.lock().local_in_flight.remove(&number)) {
            report(&self.local, local_key(key, share), local);
        }
    }
}

/// The time until `until`; `None` if it has passed.
fn time_until(until: Instant, now: ClockReading) -> Option<Duration> {
    let left = until.saturating_duration_since(now.instant);
    (!left.is_zero()).then_some(left)
}

/// The service counts by app and command.
fn throttle_key(key: RateLimitKey<'_>) -> ThrottleKey {
    (key.sdkappid, key.command.to_owned())
}

fn local_key(key: RateLimitKey<'_>, share: u32) -> RateLimitKey<'_> {
    RateLimitKey::new(key.sdkappid, key.command, share)
}

impl RateLimiter for RedisRateLimiter {
    fn acquire(&self, key: RateLimitKey<'_>, waiter: &mut Waiter, now: ClockReading) -> Acquire {
        let mut state = self.waiting.lock();
        let number = *waiter.0.get_or_insert_with(|| state.enqueue());
        let after_share = state.last_local.and_then(|at| time_until(after(at, WINDOW), now));
        let waiting = state.waiting(number);
        if let Some(delay) = waiting.delay.take() {
            // While this call asked Redis, others may have been sent without it.
            let delay = delay.max(after_share.unwrap_or_default());
            if delay.is_zero() {
                state.remove(number);
                return Acquire::Granted;
            }
            waiting.until = Some(after(now.instant, delay));
        }
        if let Some(delay) = waiting.until.and_then(|until| time_until(until, now)) {
            return Acquire::RetryAfter(delay);
        }
        if let Some((outage, since, probe)) = state.outage(now.instant) {
            if probe {
                (self.send)(Message::Probe);
            }
            return match self.on_unavailable {
                OnUnavailable::Wait => Acquire::Unavailable { reason: outage.reason.clone(), retry_after: RETRY },
                OnUnavailable::LocalShare(share) => match time_until(after(since, WINDOW), now) {
                    Some(delay) => Acquire::RetryAfter(delay),
                    None => self.acquire_local(local_key(key, share), number, &mut state, now),
                },
            };
        }
        if let Some(delay) = after_share {
            return Acquire::RetryAfter(delay);
        }
        self.cancel_local(key, std::mem::take(&mut state.waiting(number).local));
        self.acquire_from_redis(key, number, &mut state)
    }

    fn cancel(&self, key: RateLimitKey<'_>, waiter: Waiter) {
        let Some(number) = waiter.0 else { return };
        let waiting = self.waiting.lock().remove(number);
        if let Some(waiting) = waiting {
            self.cancel_local(key, waiting.local);
            (self.send)(Message::Cancel { number, keys: self.keys(key) });
        } else {
            // The local limiter granted the call, but it was not sent.
            self.end_local(key, &waiter, LocalRateLimiter::cancel);
        }
    }

    /// The script on Redis does not need the end of calls: it counts them when they are sent, and
    /// spreads them.
    fn on_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: ClockReading) {
        self.end_local(key, &waiter, |local, key, waiter| local.on_response(key, waiter, now));
    }

    fn on_no_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: Option<ClockReading>) {
        self.end_local(key, &waiter, |local, key, waiter| local.on_no_response(key, waiter, now));
    }

    fn on_throttled(&self, key: RateLimitKey<'_>, now: ClockReading) {
        self.waiting.lock().throttled.insert(throttle_key(key));
        if let OnUnavailable::LocalShare(share) = self.on_unavailable {
            self.local.on_throttled(local_key(key, share), now);
        }
    }
}

/// Does not show the URL, which may contain a password.
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
mod tests;
