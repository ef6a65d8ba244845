//! The open connections: their maximum number, and which connection to close when there are too
//! many.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio::task::Id;

/// The number of connections above the limit. They serve only the admin API and the console, which
/// stay available when idle or slow clients use all other connections.
pub(super) const RESERVE: usize = 64;

/// All open connections. The accept loop owns it.
pub(super) struct Slots {
    max: usize,
    open: HashMap<Id, Arc<Slot>>,
    /// Counts how often a connection became idle. It orders connections by time without a clock.
    idle_count: Arc<AtomicU64>,
}

/// One connection.
pub(super) struct Slot {
    /// Whether the connection belongs to the reserve.
    pub(super) reserved: bool,
    idle_count: Arc<AtomicU64>,
    /// The value of `idle_count` when the connection became idle; `BUSY` while it is not idle.
    idle_since: AtomicU64,
    /// Whether the connection was already chosen to close.
    evicted: AtomicBool,
    eviction: Notify,
}

const BUSY: u64 = u64::MAX;

impl Slots {
    /// Allows `max` connections for calls, and the reserve.
    pub(super) fn new(max: usize) -> Self {
        Self { max, open: HashMap::new(), idle_count: Arc::default() }
    }

    /// Whether another connection can be accepted.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < self.max.saturating_add(RESERVE)
    }

    /// Returns a slot for a new connection. At the limit, closes the connection that has been idle
    /// the longest. If no connection is idle, the slot belongs to the reserve.
    pub(super) fn next(&self) -> Arc<Slot> {
        let reserved = self.open.len() >= self.max && !self.evict_longest_idle();
        let idle_since = AtomicU64::new(self.idle_count.fetch_add(1, Ordering::Relaxed));
        let idle_count = Arc::clone(&self.idle_count);
        Arc::new(Slot { reserved, idle_count, idle_since, evicted: AtomicBool::new(false), eviction: Notify::new() })
    }

    /// Adds a connection. `id` is the id of its task.
    pub(super) fn add(&mut self, id: Id, slot: Arc<Slot>) {
        self.open.insert(id, slot);
    }

    /// Removes a connection that has ended.
    pub(super) fn remove(&mut self, id: Id) {
        self.open.remove(&id);
    }

    fn evict_longest_idle(&self) -> bool {
        let free = |slot: &&Arc<Slot>| !slot.reserved && !slot.is_busy() && !slot.evicted.load(Ordering::Relaxed);
        let idle = self.open.values().filter(free);
        let Some(longest) = idle.min_by_key(|slot| slot.idle_since.load(Ordering::Relaxed)) else { return false };
        longest.evicted.store(true, Ordering::Relaxed);
        longest.eviction.notify_one();
        true
    }
}

impl Slot {
    /// Marks the connection as busy when a request arrives. Dropping the returned value, after the
    /// response is complete, marks it as idle.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.idle_since.store(BUSY, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Waits until the connection has to close for another one.
    pub(super) async fn evicted(&self) {
        self.eviction.notified().await;
    }

    /// Whether a request is in progress.
    pub(super) fn is_busy(&self) -> bool {
        self.idle_since.load(Ordering::Relaxed) == BUSY
    }
}

/// A request in progress.
pub(super) struct Busy(Arc<Slot>);

impl Drop for Busy {
    fn drop(&mut self) {
        let Slot { idle_count, idle_since, .. } = &*self.0;
        idle_since.store(idle_count.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }
}
