//! Snapshots of the state, by name, in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use serde::Serialize;

use crate::lock::locked;

/// A copy of the whole state.
#[derive(Clone)]
struct Kept {
    db: Arc<Mutex<Connection>>,
    at_ms: u64,
    bytes: u64,
}

/// A snapshot in the list of [`State::snapshots`](crate::State::snapshots).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The name.
    pub name: String,
    /// The time when it was saved, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// The size of the copy in memory, in bytes.
    pub bytes: u64,
}

#[derive(Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Kept>>);

impl Snapshots {
    pub(crate) const MAX: usize = 32;

    /// Returns an error if a snapshot with this name cannot be added.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), String> {
        if !(1..=64).contains(&name.len()) {
            return Err("the name of a snapshot must have 1 to 64 bytes".to_owned());
        }
        if matches!(name, "." | "..") {
            // A browser removes them from a URL, so the request would reach another route.
            return Err("the name of a snapshot must not be . or ..: choose another name".to_owned());
        }
        let kept = locked(&self.0);
        if kept.len() >= Self::MAX && !kept.contains_key(name) {
            return Err(format!("there are already {} snapshots, which is the maximum: remove one", Self::MAX));
        }
        Ok(())
    }

    /// Adds a snapshot, or replaces the one with this name.
    pub(crate) fn insert(&self, name: &str, db: Connection, at_ms: u64) {
        let number = |sql| db.query_row(sql, [], |row| row.get(0)).map_or(0, i64::unsigned_abs);
        let bytes = number("PRAGMA page_count").saturating_mul(number("PRAGMA page_size"));
        locked(&self.0).insert(name.to_owned(), Kept { db: Arc::new(Mutex::new(db)), at_ms, bytes });
    }

    /// Returns the database of a snapshot. The error lists the names of all snapshots.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Mutex<Connection>>, String> {
        let kept = locked(&self.0);
        let names = || kept.keys().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        kept.get(name).map(|kept| Arc::clone(&kept.db)).ok_or_else(|| {
            if kept.is_empty() {
                format!("the snapshot {name:?} does not exist: save one first")
            } else {
                format!("the snapshot {name:?} does not exist: the snapshots are {}", names())
            }
        })
    }

    /// Removes a snapshot. Returns whether it existed.
    pub(crate) fn remove(&self, name: &str) -> bool {
        locked(&self.0).remove(name).is_some()
    }

    pub(crate) fn list(&self) -> Vec<Snapshot> {
        let snapshot =
            |(name, kept): (&String, &Kept)| Snapshot { name: name.clone(), at_ms: kept.at_ms, bytes: kept.bytes };
        locked(&self.0).iter().map(snapshot).collect()
    }
}
