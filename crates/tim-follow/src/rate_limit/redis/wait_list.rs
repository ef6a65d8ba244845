//! Those who wait here for their turn; shared with the thread that asks Redis for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::RedisError;
use tim_types::SdkAppId;

use crate::rate_limit::Waiter;

/// After this time without a response Redis is away.
pub(super) const TIMEOUT: Duration = Duration::from_millis(500);
/// While Redis is away it is tried this often.
pub(super) const RETRY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct WaitList {
    /// Tells the places of this process from those of others.
    process: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    next_place: u64,
    waiting: HashMap<u64, Waiting>,
    outage: Option<Outage>,
    /// The apps and commands of which calls were throttled since the last question about them.
    pub(super) throttled: HashSet<(SdkAppId, String)>,
    /// The calls in flight that the local share let go, by place.
    pub(super) local_in_flight: HashMap<u64, Waiter>,
    /// When the last call went out by the local share.
    pub(super) last_local: Option<Instant>,
}

/// One call that waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// What Redis said, until the call hears it; zero is "go".
    pub(super) delay: Option<Duration>,
    pub(super) until: Option<Instant>,
    /// Its place under the local share.
    pub(super) local: Waiter,
}

/// Redis is away.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) reason: String,
    /// When a call first heard of it, and when it was last tried again.
    heard: Option<(Instant, Instant)>,
}

impl WaitList {
    pub(super) fn new() -> Self {
        Self { process: fastrand::u64(..), state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How Redis knows the call at this place.
    pub(super) fn id(&self, place: u64) -> String {
        format!("{:016x}-{place}", self.process)
    }

    /// Redis answered; these are the waits by place.
    pub(super) fn granted(&self, waits: impl Iterator<Item = (u64, Duration)>) {
        let mut state = self.lock();
        state.outage = None;
        for (place, wait) in waits {
            // Who left in the meantime has sent word, so that Redis gives the place to others.
            if let Some(waiting) = state.waiting.get_mut(&place) {
                waiting.delay = Some(wait);
            }
        }
    }

    /// Redis did not answer. What was known of that already stays as it is.
    pub(super) fn mark_unavailable(&self, error: &RedisError) {
        let away = || Outage { reason: reason(error), heard: None };
        self.lock().outage.get_or_insert_with(away);
    }
}

/// The text of a timeout comes from the operating system and does not name one ("os error 11").
fn reason(error: &RedisError) -> String {
    if error.is_timeout() {
        return format!("no response from Redis within {} ms", TIMEOUT.as_millis());
    }
    error.to_string()
}

impl State {
    pub(super) fn enqueue(&mut self) -> u64 {
        self.next_place += 1;
        self.waiting.insert(self.next_place, Waiting::default());
        self.next_place
    }

    pub(super) fn waiting(&mut self, place: u64) -> &mut Waiting {
        self.waiting.entry(place).or_default()
    }

    pub(super) fn remove(&mut self, place: u64) -> Option<Waiting> {
        self.waiting.remove(&place)
    }

    /// Whether Redis is away, since when at least, and whether this is the moment to try it again.
    pub(super) fn outage(&mut self, now: Instant) -> Option<(&Outage, Instant, bool)> {
        let away = self.outage.as_mut()?;
        let (since, tried) = away.heard.get_or_insert((now, now));
        let due = now.saturating_duration_since(*tried) >= RETRY;
        if due {
            *tried = now;
        }
        let since = *since;
        Some((away, since, due))
    }
}
