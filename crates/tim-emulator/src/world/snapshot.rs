//! Going back to an earlier state, or to none.

use std::fmt;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{World, accounts, store};

/// The whole state at one moment, kept in memory.
pub(crate) struct Snapshot(Connection);

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

impl World {
    /// Keeps the state as it is now.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, String> {
        let mut kept = store::open(None)?;
        copy(&self.db, &mut kept)?;
        Ok(Snapshot(kept))
    }

    /// Goes back to a snapshot: as a whole, or not at all.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        copy(&snapshot.0, &mut self.db)
    }

    /// Forgets everything but the accounts of the admins.
    pub(crate) fn reset(&mut self) -> Result<(), String> {
        let fresh = store::open(None)?;
        accounts::import_all(&fresh, &self.admins).map_err(|error| error.to_string())?;
        self.restore(&Snapshot(fresh))
    }
}

pub(super) fn copy(from: &Connection, to: &mut Connection) -> Result<(), String> {
    const ALL_PAGES: std::ffi::c_int = -1;
    let copied = Backup::new(from, to).and_then(|backup| backup.step(ALL_PAGES));
    match copied.map_err(|error| error.to_string())? {
        StepResult::Done => Ok(()),
        _ => Err("another program is using the file".to_owned()),
    }
}
