//! The state of an emulator as a whole: import, export, snapshots and reset.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use serde::Serialize;
use tim_types::UserId;
use tim_types::status::Status;
use tim_types::webhook::Event;

use crate::database::{Done, JobError, JobGuard};
use crate::friend_response::{self, FriendResponse, Responded};
use crate::lock::locked;
use crate::online_status::{Changed, StatusChange};
use crate::server::Server;
use crate::snapshots::Snapshot;
use crate::world::transfer::{self, ExportError, Import, ImportError, OnProgress};
use crate::world::{self, Differences, Totals, World, compare};

/// The reason why the state could not be read or changed. The state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct StateError(pub(crate) JobError);

impl StateError {
    /// Returns whether another job was running: an import, an export, a reset or a snapshot. The
    /// caller can try again after that job.
    pub fn is_busy(&self) -> bool {
        matches!(self.0, JobError::Running(_))
    }

    /// Returns whether the input was invalid, for example a line of an import or the name of a
    /// snapshot.
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

/// The differences between a snapshot and another state; see [`State::compare`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The name of the snapshot.
    pub from: String,
    /// The name of the other snapshot; `current` for the current state.
    pub to: String,
    /// Whether both are equal.
    pub same: bool,
    /// The differences of each part: `accounts`, `profiles`, `follows`, `friends`, `groups`,
    /// `friend_requests`, `blocked` and `logins`.
    pub parts: BTreeMap<&'static str, Differences>,
}

/// Accounts, profiles, follows, friends and blocklists of a running emulator; see
/// [`Emulator::state`](crate::Emulator::state).
///
/// Import, export, reset and snapshots are jobs. Only one job runs at a time. Calls continue while
/// a job runs. The functions block until the job ends.
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

    /// Adds the records of the input, and returns their number. The input is one of these, also
    /// compressed with gzip:
    ///
    /// * NDJSON as [`export`](Self::export) writes it: one JSON record per line.
    /// * A CSV of follows with the columns `from,to` or `from,to,time`.
    /// * A CSV of accounts with a header: `user`, and optionally `nick` and `face`.
    ///
    /// If a line is invalid, nothing is added. All users in the input get accounts. Relation limits
    /// do not apply. While a large import is merged into the state, calls that write wait. After 1
    /// s they return a transient code.
    ///
    /// # Errors
    /// A line is invalid, the input cannot be read, another job is running, or the database failed.
    pub fn import(&self, from: impl BufRead) -> Result<u64, StateError> {
        let database = &self.0.database;
        let job = database.begin_job("import")?;
        let now = self.0.clock.now().unix();
        let on_progress = |records| job.progress(records);
        let import = self.collect(&job, from, now)?;
        let count = import.len();
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

    /// Reads all records of an import.
    fn collect(&self, job: &JobGuard<'_>, from: impl BufRead, now: u64) -> Result<Import, StateError> {
        let stage = self.0.database.path().map(World::stage_of);
        let mut records = transfer::read(from)?;
        let import = transfer::collect(&mut records, stage.as_deref(), now, &|records| job.progress(records))?;
        let _ = job.progress(import.len());
        Ok(import)
    }

    /// Writes the whole state, one JSON record per line.
    ///
    /// # Errors
    /// Another job is running, or the database or the writer failed.
    pub fn export(&self, mut to: impl Write) -> Result<(), StateError> {
        self.export_with(|db, on_progress| transfer::export(db, &mut to, on_progress))
    }

    /// Exports to a file. The file keeps the earlier export until the new one is complete.
    pub(crate) fn export_to(&self, path: &Path) -> Result<(), StateError> {
        self.export_with(|db, on_progress| transfer::export_to(db, path, on_progress))
    }

    fn export_with(
        &self,
        export: impl FnOnce(&Connection, &OnProgress<'_>) -> Result<u64, ExportError>,
    ) -> Result<(), StateError> {
        let job = self.0.database.begin_job("export")?;
        run_export(&job, &self.current(&job)?, export)
    }

    /// Returns a connection to the current state, for reads only. For a database in memory, it is a
    /// copy.
    fn current(&self, job: &JobGuard<'_>) -> Result<Connection, JobError> {
        match self.0.database.path() {
            Some(path) => World::open_for_reading(path).map_err(JobError::Failed),
            None => job.copy(),
        }
    }

    /// Saves the current state in memory, as a snapshot with this name. Replaces a snapshot with
    /// the same name.
    ///
    /// # Errors
    /// The name is empty or longer than 64 bytes, there are already 32 snapshots, another job is
    /// running, or the database failed.
    pub fn save(&self, name: &str) -> Result<(), StateError> {
        let job = self.0.database.begin_job("snapshot")?;
        self.0.snapshots.check_name(name).map_err(StateError::invalid)?;
        self.0.snapshots.insert(name, job.copy()?, self.0.clock.now().unix_ms);
        Ok(())
    }

    /// Replaces the state with the state of this snapshot. The snapshot stays.
    ///
    /// # Errors
    /// No snapshot has this name, another job is running, or the database failed.
    pub fn restore(&self, name: &str) -> Result<(), StateError> {
        let snapshot = self.snapshot(name)?;
        Ok(self.0.database.begin_job("restore")?.restore(&snapshot)?)
    }

    /// Writes the state of this snapshot, like [`export`](Self::export).
    ///
    /// # Errors
    /// No snapshot has this name, another job is running, or the writer failed.
    pub fn export_snapshot(&self, name: &str, mut to: impl Write) -> Result<(), StateError> {
        let snapshot = self.snapshot(name)?;
        let job = self.0.database.begin_job("export")?;
        run_export(&job, &locked(&snapshot), |db, on_progress| transfer::export(db, &mut to, on_progress))
    }

    /// Creates a snapshot with this name from the records of the input, and returns their number.
    /// The format is the one of [`import`](Self::import). The snapshot also contains the accounts
    /// of the admins. The current state stays unchanged. Replaces a snapshot with the same name.
    ///
    /// # Errors
    /// The name is empty or longer than 64 bytes, there are already 32 snapshots, a line is
    /// invalid, the input cannot be read, another job is running, or the database failed. An
    /// earlier snapshot with this name then stays.
    pub fn import_snapshot(&self, name: &str, from: impl BufRead) -> Result<u64, StateError> {
        let job = self.0.database.begin_job("import")?;
        self.0.snapshots.check_name(name).map_err(StateError::invalid)?;
        let now = self.0.clock.now();
        let import = self.collect(&job, from, now.unix())?;
        let count = import.len();
        let db = World::open(None, &self.0.settings.get().admins).map_err(JobError::Failed)?.db;
        job.interruptible(&db, || match import {
            Import::Rows(rows) => {
                let transaction = db.unchecked_transaction()?;
                transfer::apply(&transaction, rows, now.unix())?;
                Ok(transaction.commit()?)
            }
            Import::Staged(stage) => stage.merge_into(&db, &|records| job.progress(records)),
        })?;
        self.0.snapshots.insert(name, db, now.unix_ms);
        Ok(count)
    }

    /// Returns the differences from a snapshot to another snapshot, or to the current state. Order
    /// and counters are not compared.
    ///
    /// # Errors
    /// A snapshot does not exist, another job is running, or the database failed.
    pub fn compare(&self, name: &str, with: Option<&str>) -> Result<Comparison, StateError> {
        let (from, with_snapshot) = (self.snapshot(name)?, with.map(|with| self.snapshot(with)).transpose()?);
        let job = self.0.database.begin_job("compare")?;
        let on_progress = |rows| job.progress(rows);
        let compared = match with_snapshot {
            // A second lock of the same snapshot would never end.
            Some(other) if Arc::ptr_eq(&from, &other) => {
                let db = locked(&from);
                compare::compare(&db, &db, &on_progress)
            }
            Some(other) => compare::compare(&locked(&from), &locked(&other), &on_progress),
            None => compare::compare(&locked(&from), &self.current(&job)?, &on_progress),
        };
        let parts = compared
            .map_err(|error| JobError::Failed(error.to_string()))?
            .ok_or_else(|| JobError::Failed("the comparison was stopped".to_owned()))?;
        let same = parts.values().all(Differences::is_empty);
        Ok(Comparison { from: name.to_owned(), to: with.unwrap_or("current").to_owned(), same, parts })
    }

    fn snapshot(&self, name: &str) -> Result<Arc<Mutex<Connection>>, StateError> {
        self.0.snapshots.get(name).map_err(StateError::invalid)
    }

    /// Sets the status of a user on a platform, for example `iPhone` or `Web`. The webhook
    /// State.StateChange reports a change. After 7 days, [`Status::PUSH_ONLINE`] becomes
    /// [`Status::OFFLINE`], without a webhook.
    ///
    /// ```
    /// use tim_emulator::{Emulator, Status};
    ///
    /// let emulator = Emulator::builder().start_blocking()?;
    /// emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes())?;
    /// emulator.state().set_status("bob", "iPhone", Status::ONLINE)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The user has no account, the platform has other characters than letters and digits, the
    /// status is unknown, or the database failed.
    pub fn set_status(&self, user: &str, platform: &str, status: Status) -> Result<(), StateError> {
        let change = StatusChange::new(user.into(), platform.to_owned(), status).map_err(StateError::invalid)?;
        let (now_ms, opt_platform) = (self.0.clock.now().unix_ms, change.opt_platform());
        match self.write(move |db| change.apply(db, now_ms))? {
            Changed::Event(event) => self.notify(&event, opt_platform),
            Changed::Same => {}
            Changed::NoAccount => {
                return Err(StateError::invalid(format!("{user:?} has no account: import it first")));
            }
        }
        Ok(())
    }

    /// Accepts or rejects the friend request of `from` to `user`. The webhook Sns.CallbackFriendAdd
    /// reports an accepted request. Relation limits do not apply.
    ///
    /// # Errors
    /// The request does not exist, or the database failed.
    pub fn respond_to_friend_request(
        &self,
        user: &str,
        from: &str,
        response: FriendResponse,
    ) -> Result<(), StateError> {
        let now = self.0.clock.now().unix();
        let (to, by) = (UserId::from(user), UserId::from(from));
        match self.write(move |db| friend_response::respond(db, &by, &to, response, now))? {
            // The action of a client on an unknown platform.
            Responded::Accepted(Some(event)) => self.notify(&event, "Unknown"),
            Responded::Accepted(None) | Responded::Rejected => {}
            Responded::NoRequest => {
                return Err(StateError::invalid(format!("{user:?} has no friend request of {from:?}")));
            }
        }
        Ok(())
    }

    /// Executes a write, and rolls it back after an error.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let work = move |db: &Connection| {
            let value = work(db);
            Done { keep: value.is_ok(), value }
        };
        let written = self.0.database.write_blocking(work)?;
        written.map_err(|error| StateError(JobError::Failed(error.to_string())))
    }

    /// Sends the webhook of a change that no call made. `platform` is the value of `OptPlatform`.
    fn notify(&self, event: &Event, platform: &'static str) {
        self.0.webhooks.send(event, Ipv4Addr::LOCALHOST.into(), platform);
    }

    /// Removes the snapshot with this name. Returns whether it existed.
    pub fn forget(&self, name: &str) -> bool {
        self.0.snapshots.remove(name)
    }

    /// Returns all snapshots, sorted by name.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        self.0.snapshots.list()
    }
}

/// Runs an export of this database.
fn run_export(
    job: &JobGuard<'_>,
    db: &Connection,
    export: impl FnOnce(&Connection, &OnProgress<'_>) -> Result<u64, ExportError>,
) -> Result<(), StateError> {
    let exported = export(db, &|records| job.progress(records));
    exported.map(drop).map_err(|error| StateError(JobError::Failed(error.to_string())))
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
