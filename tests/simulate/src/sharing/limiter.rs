//! The rate limiter of a process, and the checks of what it decides.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tim_follow::transport::ClockReading;
use tim_follow::{Acquire, OnUnavailable, RateLimitKey, RateLimiter, RedisRateLimiter, Waiter};

use super::link::{Link, Sender};
use crate::invariants::{self, Decision};
use crate::lock::locked;
use crate::plan::{Plan, Process};
use crate::sim::{Group, Sim};
use crate::wire;

/// Passes calls to a [`RedisRateLimiter`], and checks what it returns.
pub(crate) struct SharedLimiter {
    sim: Arc<Sim>,
    process: Process,
    inner: RedisRateLimiter,
    link: Arc<Link>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The calls of a blocking client that wait for Redis, with the number of their message.
    asked: HashMap<u64, u64>,
    /// When a call first saw that Redis is unavailable, and since which exchange it is.
    seen: Option<(u64, Duration)>,
    /// When the last call was sent that Redis granted.
    by_redis: Option<Duration>,
    /// When calls of the local share were sent, by command.
    by_share: HashMap<String, Vec<Duration>>,
}

impl SharedLimiter {
    /// The rate limiter of a process, which admits `limit` calls per second of each command.
    pub(crate) fn new(sim: &Arc<Sim>, process: &Process, limit: u32) -> Self {
        let id = locked(&sim.sharing).next_limiter(process.id);
        let link = Link::new(sim, id);
        locked(&sim.sharing).links.insert(process.id, Arc::downgrade(&link));
        let redis = RedisRateLimiter::direct(Arc::new(Sender(Arc::clone(&link))), id.into());
        let has_share = has_share(&sim.plan);
        let redis = if has_share { redis.on_unavailable(OnUnavailable::LocalShare(process.share)) } else { redis };
        let inner = wire::commands().fold(redis, |limiter, command| limiter.limit(command, limit));
        Self { sim: Arc::clone(sim), process: process.clone(), inner, link, state: Mutex::default() }
    }

    /// A blocking client would stop the only thread while it waits for Redis, so it tries again at
    /// the time at which something happens.
    fn retry(&self, number: u64) -> Option<Acquire> {
        let mut state = locked(&self.state);
        let message = *state.asked.get(&number)?;
        if self.link.have_ended(message) {
            state.asked.remove(&number);
            return None;
        }
        Some(Acquire::RetryAfter(self.link.until_next_event()))
    }

    /// Checks a decision about a call. `last_try` is when a message was sent to Redis before it.
    fn check(&self, key: RateLimitKey<'_>, number: u64, last_try: Duration, result: &Acquire) {
        let (sim, now, since) = (&self.sim, self.sim.now(), self.link.unavailable_since());
        let mut state = locked(&self.state);
        let seen = |since| state.seen.filter(|(other, _)| *other == since).unwrap_or((since, now));
        state.seen = since.map(seen);
        let decided = |decision| {
            sim.check(invariants::decisions_follow_redis(decision, since.is_some(), has_share(&sim.plan)));
            if let Some((_, seen)) = state.seen.filter(|_| decision != Decision::Redis) {
                let last_try = seen.max(self.link.last_sent());
                sim.check(invariants::an_unavailable_redis_is_tried(now.saturating_sub(last_try)));
            }
        };
        match result {
            Acquire::Unavailable { .. } => decided(Decision::Wait),
            Acquire::Pending(_) => {
                decided(Decision::Ask);
                self.link.asks(number, &calls_key(key));
            }
            Acquire::Granted => {
                let (_, grant) = self.link.leaves(number);
                decided(if grant.is_some() { Decision::Redis } else { Decision::Share });
                let last_share = state.by_share.values().filter_map(|times| times.last()).max().copied();
                let group = match grant {
                    Some(grant) => {
                        sim.check(invariants::a_window_passes_between(last_share, now));
                        state.by_redis = Some(now);
                        let name = calls_key(key);
                        sim.check(locked(&sim.sharing).use_grant(&name, grant));
                        Group::Redis
                    }
                    None => {
                        sim.check(invariants::a_window_passes_between(state.by_redis, now));
                        let (seen, last) = (state.seen.map(|(_, seen)| seen), locked(&sim.sharing).last_grant());
                        sim.check(invariants::an_outage_is_checked(
                            seen.map_or(last_try, |seen| seen.max(last_try)),
                            now,
                        ));
                        sim.check(invariants::an_outage_begins_with_a_window(&sim.plan, seen, last, now));
                        let times = state.by_share.entry(key.command.to_owned()).or_default();
                        times.push(now);
                        sim.check(invariants::local_shares_are_kept(self.process.share, times));
                        Group::Share(self.process.id)
                    }
                };
                sim.log(|| format!("    process {} is granted call {number} by {group:?}", self.process.id));
                sim.admit(self.process.id, group);
            }
            _ => self.link.forgets_grant(number),
        }
    }
}

/// Whether processes use their share while Redis is away.
fn has_share(plan: &Plan) -> bool {
    plan.redis.as_ref().is_some_and(|redis| redis.has_local_share)
}

/// The key of the calls of a command, as docs/calls.md names it.
fn calls_key(key: RateLimitKey<'_>) -> String {
    format!("tim:quota:{{{}:{}}}:calls", key.sdkappid, key.command)
}

impl RateLimiter for SharedLimiter {
    fn acquire(&self, key: RateLimitKey<'_>, waiter: &mut Waiter, now: ClockReading) -> Acquire {
        if let Some(retry) = waiter.0.and_then(|number| self.retry(number)) {
            return retry;
        }
        let last_try = self.link.last_sent();
        let result = self.inner.acquire(key, waiter, now);
        let number = waiter.0.unwrap_or_default();
        self.check(key, number, last_try, &result);
        if matches!(result, Acquire::Pending(_)) && self.process.is_blocking {
            locked(&self.state).asked.insert(number, self.link.sent());
            return Acquire::RetryAfter(self.link.until_next_event());
        }
        result
    }

    fn cancel(&self, key: RateLimitKey<'_>, waiter: Waiter) {
        let (number, before) = (waiter.0.unwrap_or_default(), self.link.sent());
        let (has_asked, _) = self.link.leaves(number);
        locked(&self.state).asked.remove(&number);
        self.inner.cancel(key, waiter);
        if has_asked && !self.link.is_dead() {
            self.sim.check(invariants::cancelled_calls_leave_redis(number, self.link.sent() - before));
        }
    }

    fn on_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: ClockReading) {
        self.inner.on_response(key, waiter, now);
    }

    fn on_no_response(&self, key: RateLimitKey<'_>, waiter: Waiter, now: Option<ClockReading>) {
        self.inner.on_no_response(key, waiter, now);
    }

    fn on_throttled(&self, key: RateLimitKey<'_>, now: ClockReading) {
        self.link.is_throttled(calls_key(key));
        self.inner.on_throttled(key, now);
    }
}

impl fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLimiter").field("process", &self.process.id).finish_non_exhaustive()
    }
}
