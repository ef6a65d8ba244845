//! The waiters of this process, shared with whatever talks to Redis.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tim_types::SdkAppId;

use super::{RETRY, STALE};
use crate::rate_limit::Waiter;

/// The calls that the service counts together: those of one command of one app.
pub(super) type ThrottleKey = (SdkAppId, String);

#[derive(Debug)]
pub(super) struct WaitList {
    /// Distinguishes the waiters of this process from those of others.
    process: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    last_number: u64,
    waiting: HashMap<u64, Waiting>,
    outage: Option<Outage>,
    /// The apps and commands whose calls were throttled since the last message about them to Redis.
    pub(super) throttled: HashSet<ThrottleKey>,
    /// The calls in flight that the local limiter granted, by number.
    pub(super) local_in_flight: HashMap<u64, Waiter>,
    /// When the local limiter granted the last call.
    pub(super) last_local: Option<Instant>,
}

/// One call that waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The delay from Redis, until `acquire` takes it; zero means granted.
    pub(super) delay: Option<Duration>,
    pub(super) until: Option<Instant>,
    /// Its waiter at the local limiter.
    pub(super) local: Waiter,
}

/// Redis is unavailable.
#[derive(Debug)]
pub(super) struct Outage {
    /// The reason of the last failure.
    pub(super) reason: String,
    /// When a call first saw the outage, and when Redis was last tried.
    seen: Option<(Instant, Instant)>,
}

impl WaitList {
    pub(super) fn new(process: u64) -> Self {
        Self { process, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The identifier of a waiter in Redis.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{:016x}-{number}", self.process)
    }

    /// Redis responded with these delays, by number of the waiter.
    pub(super) fn on_delays(&self, delays: impl Iterator<Item = (u64, Duration)>) {
        let mut state = self.lock();
        state.outage = None;
        for (number, delay) in delays {
            // A waiter that was cancelled in the meantime has sent a message that frees its slot.
            if let Some(waiting) = state.waiting.get_mut(&number) {
                waiting.delay = Some(delay);
            }
        }
    }

    /// Redis did not respond. Delays from earlier responses stay valid. `throttled` has the
    /// throttling that Redis may not know; it is reported again.
    pub(super) fn mark_unavailable(&self, reason: String, throttled: impl Iterator<Item = ThrottleKey>) {
        let mut state = self.lock();
        state.throttled.extend(throttled);
        match &mut state.outage {
            Some(outage) => outage.reason = reason,
            none => *none = Some(Outage { reason, seen: None }),
        }
    }
}

impl State {
    pub(super) fn enqueue(&mut self) -> u64 {
        self.last_number += 1;
        self.waiting.insert(self.last_number, Waiting::default());
        self.last_number
    }

    pub(super) fn waiting(&mut self, number: u64) -> &mut Waiting {
        self.waiting.entry(number).or_default()
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Waiting> {
        self.waiting.remove(&number)
    }

    /// The outage if there is one, since when at least, and whether to try Redis now. An outage
    /// that nobody has checked for long counts as a new one.
    pub(super) fn outage(&mut self, now: Instant) -> Option<(&Outage, Instant, bool)> {
        let outage = self.outage.as_mut()?;
        let (since, tried) = outage.seen.get_or_insert((now, now));
        let untried = now.saturating_duration_since(*tried);
        let probe = untried >= RETRY;
        if probe {
            if untried >= STALE {
                *since = now;
            }
            *tried = now;
        }
        let since = *since;
        Some((outage, since, probe))
    }
}
