//! The deliveries that have been seen.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Identifies a delivery: a SHA-256 of the command and the body, which contains `EventTime` where
/// there is one. `Display` writes 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    pub(crate) fn of(command: &str, body: &[u8]) -> Self {
        // A command has no NUL, so no other command and body give the same bytes.
        Self(Sha256::new().chain_update(command).chain_update([0]).chain_update(body).finalize().into())
    }

    /// The bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}

/// Keeps the keys of deliveries for a while. [`RecentDeliveries`] keeps them in memory.
///
/// If several processes receive webhooks, implement it with a store that they share. The methods
/// block the caller, and the service waits only 2 seconds. If your store is asynchronous, use
/// [`Webhook::key`](crate::Webhook::key) with it in your handler instead.
pub trait SeenDeliveries: fmt::Debug + Send + Sync {
    /// Keeps a key, and returns whether it was there. `now` is in Unix seconds.
    fn insert(&self, key: DeliveryKey, now: u64) -> bool;

    /// Removes a key.
    fn remove(&self, key: &DeliveryKey);
}

/// Keeps the keys of the latest deliveries in memory: for a window of time, and at most a number of
/// them. The oldest one makes room for a new one.
#[derive(Debug)]
pub struct RecentDeliveries {
    window: Duration,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When each key came first.
    keys: HashMap<DeliveryKey, u64>,
    /// The keys in the order in which they came. Some of them were removed.
    order: VecDeque<(DeliveryKey, u64)>,
}

impl RecentDeliveries {
    /// Keeps keys for `window`, and at most `capacity` of them; at least one.
    pub fn new(window: Duration, capacity: usize) -> Self {
        Self { window, capacity: capacity.max(1), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 100 000 keys for 10 minutes.
impl Default for RecentDeliveries {
    fn default() -> Self {
        Self::new(Duration::from_secs(600), 100_000)
    }
}

impl SeenDeliveries for RecentDeliveries {
    fn insert(&self, key: DeliveryKey, now: u64) -> bool {
        let mut state = self.lock();
        let is_old = |at: u64| now.saturating_sub(at) > self.window.as_secs();
        while state.order.front().is_some_and(|(_, at)| is_old(*at)) {
            state.drop_oldest();
        }
        if state.keys.contains_key(&key) {
            return true;
        }
        if state.order.len() >= self.capacity {
            state.drop_oldest();
        }
        state.keys.insert(key, now);
        state.order.push_back((key, now));
        false
    }

    fn remove(&self, key: &DeliveryKey) {
        self.lock().keys.remove(key);
    }
}

impl State {
    fn drop_oldest(&mut self) {
        let Some((key, at)) = self.order.pop_front() else { return };
        // A key that was removed may have come again, and then has a later place too.
        if self.keys.get(&key) == Some(&at) {
            self.keys.remove(&key);
        }
    }
}
