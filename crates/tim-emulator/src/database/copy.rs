//! Copies the whole state with the backup function of SQLite.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::lock::locked;
use crate::world::World;

/// The number of pages of one step: 2 MiB, about one millisecond.
const PAGES: std::ffi::c_int = 512;
const ALL_PAGES: std::ffi::c_int = -1;
/// How often, and how long each time, a copy into a file waits for the lock of another program.
const LOCK_TRIES: usize = 100;
const LOCK_WAIT: Duration = Duration::from_millis(50);

/// A state that replaces the current one.
pub(super) enum Replacement {
    /// A connection that nothing else uses.
    Owned(Connection),
    /// A snapshot, which stays.
    Snapshot(Arc<Mutex<Connection>>),
}

impl Replacement {
    /// Overwrites `target` in one transaction.
    pub(super) fn copy_to(&self, target: &mut Connection) -> Result<(), String> {
        match self {
            Self::Owned(state) => whole(state, target),
            Self::Snapshot(state) => whole(&locked(state), target),
        }
    }

    /// Returns the connection, or a copy of the snapshot in memory.
    pub(super) fn into_connection(self) -> Result<Connection, String> {
        match self {
            Self::Owned(state) => Ok(state),
            Self::Snapshot(state) => {
                let mut copy = World::blank()?;
                whole(&locked(&state), &mut copy)?;
                Ok(copy)
            }
        }
    }
}

/// Copies a database into memory and calls `between` after each step. If `between` commits a
/// change, SQLite starts the copy again.
pub(super) fn in_steps(db: &Connection, between: impl Fn()) -> Result<Connection, String> {
    let mut copy = World::blank()?;
    {
        let backup = Backup::new(db, &mut copy).map_err(text)?;
        while backup.step(PAGES).map_err(text)? != StepResult::Done {
            between();
        }
    }
    Ok(copy)
}

/// Overwrites `to` with a copy of `from`.
pub(super) fn whole(from: &Connection, to: &mut Connection) -> Result<(), String> {
    let backup = Backup::new(from, to).map_err(text)?;
    for _ in 0..LOCK_TRIES {
        match backup.step(ALL_PAGES).map_err(text)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(LOCK_WAIT),
        }
    }
    Err("another program holds the lock of the data file: close it, and try again".to_owned())
}

fn text(error: rusqlite::Error) -> String {
    error.to_string()
}
