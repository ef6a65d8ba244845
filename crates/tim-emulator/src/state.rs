//! The state of an emulator as a whole, for its users to fill, keep and go back to.

use std::fmt;
use std::io::{BufRead, Write};

use crate::lock::locked;
use crate::server::Server;
use crate::world::Totals;

/// Why the state could not be read or changed; it is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StateError(String);

/// Accounts, profiles, follows, friends and blocklists of a running emulator; see [`Emulator::state`](crate::Emulator::state).
#[derive(Clone, Copy)]
pub struct State<'a>(pub(crate) &'a Server);

impl State<'_> {
    const MAX_SNAPSHOTS: usize = 32;

    /// How much there is.
    ///
    /// # Errors
    /// The database failed.
    pub fn totals(&self) -> Result<Totals, StateError> {
        locked(&self.0.world).totals().map_err(StateError)
    }

    /// Forgets everything but the accounts of the admins. Snapshots stay.
    ///
    /// # Errors
    /// The database failed.
    pub fn reset(&self) -> Result<(), StateError> {
        locked(&self.0.world).reset().map_err(StateError)
    }

    /// Adds the records of CSV or NDJSON, as text or gzip, and returns their number: follows as `from,to` or
    /// `from,to,time`, accounts as a table with the header `user`, or JSON records as [`export`](Self::export) writes
    /// them. Creates accounts of all users that the records name.
    ///
    /// # Errors
    /// The number of the line that is invalid, and why, or the database failed. Nothing was imported.
    pub fn import(&self, from: impl BufRead) -> Result<u64, StateError> {
        let now = self.0.clock.now().unix();
        locked(&self.0.world).import(from, now).map_err(StateError)
    }

    /// Writes all there is, one JSON record a line.
    ///
    /// # Errors
    /// The database or the writer failed.
    pub fn export(&self, to: impl Write) -> Result<(), StateError> {
        locked(&self.0.world).export(to).map_err(StateError)
    }

    /// Keeps the state as it is now under this name, in memory; a snapshot of the same name is replaced.
    ///
    /// # Errors
    /// The name is empty or longer than 64 bytes, there are 32 snapshots already, or the database failed.
    pub fn save(&self, name: &str) -> Result<(), StateError> {
        let mut snapshots = locked(&self.0.snapshots);
        if !(1..=64).contains(&name.len()) {
            return Err(StateError("the name of a snapshot has 1 to 64 bytes".to_owned()));
        }
        if snapshots.len() >= Self::MAX_SNAPSHOTS && !snapshots.contains_key(name) {
            let info = format!("there are {} snapshots already: forget one", Self::MAX_SNAPSHOTS);
            return Err(StateError(info));
        }
        let snapshot = locked(&self.0.world).snapshot().map_err(StateError)?;
        snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    /// Goes back to the snapshot of this name, which may be done again.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub fn restore(&self, name: &str) -> Result<(), StateError> {
        let snapshots = locked(&self.0.snapshots);
        let Some(snapshot) = snapshots.get(name) else {
            let names = snapshots.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(StateError(format!("there is no snapshot {name:?}: there is {}", or_none(&names))));
        };
        locked(&self.0.world).restore(snapshot).map_err(StateError)
    }

    /// Forgets the snapshot of this name; says whether it was there.
    pub fn forget(&self, name: &str) -> bool {
        locked(&self.0.snapshots).remove(name).is_some()
    }

    /// The names of all snapshots.
    pub fn snapshots(&self) -> Vec<String> {
        locked(&self.0.snapshots).keys().cloned().collect()
    }
}

fn or_none(names: &str) -> &str {
    if names.is_empty() { "none" } else { names }
}

impl fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("totals", &self.totals()).finish()
    }
}
