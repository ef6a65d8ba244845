//! The state of an emulator as a whole: import, export, snapshots and reset.

use std::fmt;
use std::io::{BufRead, Write};
use std::path::Path;

use rusqlite::Connection;

use crate::database::{Done, JobError};
use crate::server::Server;
use crate::snapshots::Snapshot;
use crate::world::transfer::{self, ExportError, Import, ImportError, OnProgress};
use crate::world::{self, Totals, World};

/// Why the state could not be read or changed. It is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct StateError(pub(crate) JobError);

impl StateError {
    /// Whether another job was running: import, export, reset, a snapshot. Try again after it.
    pub fn is_busy(&self) -> bool {
        matches!(self.0, JobError::Running(_))
    }

    /// Whether the input was invalid, for example a line of an import or the name of a snapshot.
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self.0, JobError::Invalid(_))
    }

    fn invalid(reason: String) -> Self {
        Self(JobError::Invalid(reason))
    }
}

impl<E: Into<JobError>> From<E> for StateError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Accounts, profiles, follows, friends and blocklists of a running emulator; see [`Emulator::state`](crate::Emulator::state).
///
/// Import, export, reset and snapshots are jobs: one of them runs at a time, and calls continue
/// meanwhile. The functions block until the work is done.
#[derive(Clone, Copy)]
pub struct State<'a>(pub(crate) &'a Server);

impl State<'_> {
    /// Returns the number of accounts and relations.
    ///
    /// # Errors
    /// The database failed.
    pub fn totals(&self) -> Result<Totals, StateError> {
        let totals = self.0.database.read_blocking(world::totals::read)?;
        totals.map_err(|error| StateError(JobError::Failed(error.to_string())))
    }

    /// Removes everything except the accounts of the admins. Snapshots stay.
    ///
    /// # Errors
    /// Another job is running, or the database failed.
    pub fn reset(&self) -> Result<(), StateError> {
        let job = self.0.database.begin_job("reset")?;
        let fresh = World::open(None, &self.0.settings.get().admins).map_err(JobError::Failed)?;
        Ok(job.replace(fresh.db)?)
    }

    /// Adds what the input says: JSON records as [`export`](Self::export) writes them, one per line, or a
    /// CSV file with the columns `from,to` or `from,to,time` for follows. The input can be compressed
    /// with gzip. Adds all of it, or nothing if a line is invalid. Users that it names get accounts;
    /// limits on relations do not apply. Returns the number of records.
    ///
    /// While a large import is put in place, calls that write wait; after a second they return a
    /// transient code.
    ///
    /// # Errors
    /// A line is invalid, another job is running, or the database failed.
    pub fn import(&self, from: impl BufRead) -> Result<u64, StateError> {
        let database = &self.0.database;
        let job = database.begin_job("import")?;
        let now = self.0.clock.now().unix();
        let on_progress = |records| job.progress(records);
        let stage = database.path().map(World::stage_of);
        let mut records = transfer::read(from)?;
        let import = transfer::collect(&mut records, stage.as_deref(), now, &on_progress)?;
        let count = import.len();
        let _ = job.progress(count);
        match import {
            Import::Rows(rows) => {
                let apply = move |db: &Connection| {
                    let applied = transfer::apply(db, rows, now);
                    Done { keep: applied.is_ok(), value: applied }
                };
                database.write_blocking(apply)?.map_err(ImportError::Database)?;
            }
            Import::Staged(stage) => {
                job.change(|copy| stage.merge_into(copy, &on_progress).map_err(|error| error.to_string()))?;
            }
        }
        Ok(count)
    }

    /// Writes the whole state, one JSON record per line.
    ///
    /// # Errors
    /// Another job is running, or the database or the writer failed.
    pub fn export(&self, mut to: impl Write) -> Result<(), StateError> {
        self.export_with(|db, on_progress| transfer::export(db, &mut to, on_progress))
    }

    /// Exports to a file, which holds the earlier export until the new one is complete.
    pub(crate) fn export_to(&self, path: &Path) -> Result<(), StateError> {
        self.export_with(|db, on_progress| transfer::export_to(db, path, on_progress))
    }

    fn export_with(
        &self,
        export: impl FnOnce(&Connection, &OnProgress<'_>) -> Result<u64, ExportError>,
    ) -> Result<(), StateError> {
        let job = self.0.database.begin_job("export")?;
        let db = match self.0.database.path() {
            Some(path) => World::open_for_reading(path).map_err(JobError::Failed)?,
            None => job.copy()?,
        };
        let on_progress = |records| job.progress(records);
        export(&db, &on_progress).map(drop).map_err(|error| StateError(JobError::Failed(error.to_string())))
    }

    /// Keeps the state as it is now under this name, in memory. A snapshot with the same name is
    /// replaced.
    ///
    /// # Errors
    /// The name is empty or longer than 64 bytes, there are 32 snapshots, another job is running, or
    /// the database failed.
    pub fn save(&self, name: &str) -> Result<(), StateError> {
        self.0.snapshots.check_name(name).map_err(StateError::invalid)?;
        let job = self.0.database.begin_job("snapshot")?;
        self.0.snapshots.insert(name, job.copy()?, self.0.clock.now().unix_ms);
        Ok(())
    }

    /// Puts the state of a snapshot in place. The snapshot stays.
    ///
    /// # Errors
    /// There is no such snapshot, another job is running, or the database failed.
    pub fn restore(&self, name: &str) -> Result<(), StateError> {
        let snapshot = self.0.snapshots.get(name).map_err(StateError::invalid)?;
        Ok(self.0.database.begin_job("restore")?.restore(&snapshot)?)
    }

    /// Removes the snapshot with this name. Returns whether it existed.
    pub fn forget(&self, name: &str) -> bool {
        self.0.snapshots.remove(name)
    }

    /// Returns all snapshots, by name.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        self.0.snapshots.list()
    }
}

impl From<ImportError> for JobError {
    fn from(error: ImportError) -> Self {
        let text = error.to_string();
        if matches!(error, ImportError::Line { .. }) { Self::Invalid(text) } else { Self::Failed(text) }
    }
}

impl fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("totals", &self.totals()).finish()
    }
}
