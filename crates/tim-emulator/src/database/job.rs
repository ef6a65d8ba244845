//! Jobs: work on the whole state. One runs at a time, on the thread of its caller.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, InterruptHandle};
use serde::Serialize;

use super::copy::{self, Replacement};
use super::writer::Message;
use super::{Database, DatabaseError};
use crate::lock::locked;
use crate::world::World;

/// The job that is running; `None` if no job runs.
#[derive(Default)]
pub(super) struct Jobs(Mutex<Option<Arc<Running>>>);

struct Running {
    name: &'static str,
    /// The number of lines that were read or written so far.
    lines: AtomicU64,
    stopped: AtomicBool,
    /// Ends a statement on the working copy.
    interrupt: Mutex<Option<InterruptHandle>>,
}

impl Jobs {
    pub(super) fn running(&self) -> Option<JobStatus> {
        let running = locked(&self.0).clone()?;
        Some(running.status())
    }

    /// Makes the job that is running fail at its next step.
    pub(super) fn stop(&self) {
        let Some(running) = locked(&self.0).clone() else { return };
        running.stopped.store(true, Ordering::Release);
        if let Some(interrupt) = locked(&running.interrupt).as_ref() {
            interrupt.interrupt();
        }
    }
}

impl Running {
    fn status(&self) -> JobStatus {
        JobStatus { name: self.name, lines: self.lines.load(Ordering::Relaxed) }
    }
}

/// A job that is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct JobStatus {
    pub(crate) name: &'static str,
    pub(crate) lines: u64,
}

/// The reason why a job failed. The state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JobError {
    /// Another job is running.
    #[error("the job \"{}\" is running: wait until it ends (see \"job\" in GET /_emulator/)", .0.name)]
    Running(JobStatus),
    /// The input is invalid.
    #[error("{0}")]
    Invalid(String),
    /// The database failed.
    #[error("{0}")]
    Failed(String),
}

impl From<DatabaseError> for JobError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A running job. Only its holder can replace the whole state. The job ends when this is dropped.
pub(crate) struct JobGuard<'a> {
    database: &'a Database,
    running: Arc<Running>,
}

impl Database {
    /// Starts a job.
    ///
    /// # Errors
    /// Another job is running.
    pub(crate) fn begin_job(&self, name: &'static str) -> Result<JobGuard<'_>, JobError> {
        let mut slot = locked(&self.jobs.0);
        if let Some(running) = slot.as_ref() {
            return Err(JobError::Running(running.status()));
        }
        let (lines, stopped, interrupt) = <_>::default();
        let running = Arc::new(Running { name, lines, stopped, interrupt });
        *slot = Some(Arc::clone(&running));
        Ok(JobGuard { database: self, running })
    }

    /// Returns the job that is running.
    pub(crate) fn job(&self) -> Option<JobStatus> {
        self.jobs.running()
    }
}

impl JobGuard<'_> {
    /// Sets the number of lines that were read or written so far. Returns `Break` if the job has to
    /// end, because the emulator stops.
    pub(crate) fn progress(&self, lines: u64) -> ControlFlow<()> {
        self.running.lines.store(lines, Ordering::Relaxed);
        if self.running.stopped.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Copies the current state into memory. Reads continue meanwhile. Writes to a file continue
    /// too; writes to a database in memory wait.
    pub(crate) fn copy(&self) -> Result<Connection, JobError> {
        match self.database.path() {
            Some(path) => {
                let mut copy = World::blank().map_err(JobError::Failed)?;
                let db = World::open_for_reading(path).map_err(JobError::Failed)?;
                copy::whole(&db, &mut copy).map_err(JobError::Failed)?;
                Ok(copy)
            }
            // SQLite starts such a copy again after each commit, so under constant writes it would
            // not end.
            None => self.while_held(|| self.request(Message::Copy)),
        }
    }

    /// Replaces the state with a database that nothing else uses.
    pub(crate) fn replace(&self, state: Connection) -> Result<(), JobError> {
        self.put_in_place(Replacement::Owned(state))
    }

    /// Replaces the state with a copy of a snapshot.
    pub(crate) fn restore(&self, snapshot: &Arc<Mutex<Connection>>) -> Result<(), JobError> {
        let replacement = Replacement::Snapshot(Arc::clone(snapshot));
        // For a database in memory, the copy is made here and not on the thread of the database.
        self.put_in_place(match self.database.path() {
            Some(_) => replacement,
            None => Replacement::Owned(replacement.into_connection().map_err(JobError::Failed)?),
        })
    }

    /// Changes the whole state. `change` works on a copy, which then replaces the state. Until
    /// then, calls see the earlier state. Writes wait meanwhile, so that no write is lost.
    pub(crate) fn change(&self, change: impl FnOnce(&Connection) -> Result<(), String>) -> Result<(), JobError> {
        self.while_held(|| {
            let (db, _file) = self.working_copy()?;
            self.interruptible(&db, || change(&db)).map_err(JobError::Failed)?;
            self.replace(db)
        })
    }

    /// Runs `work` on `db`. If the job has to end meanwhile, the statement on `db` fails.
    pub(crate) fn interruptible<T>(&self, db: &Connection, work: impl FnOnce() -> T) -> T {
        *locked(&self.running.interrupt) = Some(db.get_interrupt_handle());
        let done = work();
        *locked(&self.running.interrupt) = None;
        done
    }

    /// Runs `work` while writes wait. All earlier writes are committed before.
    fn while_held<T>(&self, work: impl FnOnce() -> Result<T, JobError>) -> Result<T, JobError> {
        let done = self.request(Message::Hold).and_then(|()| work());
        self.database.send(Message::Release);
        done
    }

    /// Returns a copy of the state: in memory, or in a file next to the data file.
    fn working_copy(&self) -> Result<(Connection, Option<ScratchFile>), JobError> {
        let Some(data) = self.database.path() else { return Ok((self.request(Message::Copy)?, None)) };
        let file = ScratchFile::next_to(data);
        let mut db = Connection::open(&file.0).map_err(text)?;
        // The file is not used after a crash, so it needs no journal.
        db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").map_err(text)?;
        copy::whole(&World::open_for_reading(data).map_err(JobError::Failed)?, &mut db).map_err(JobError::Failed)?;
        Ok((db, Some(file)))
    }

    fn put_in_place(&self, state: Replacement) -> Result<(), JobError> {
        let earlier = self.request(|reply| Message::Replace(state, reply))?;
        drop(earlier);
        Ok(())
    }

    fn request<T>(&self, message: impl FnOnce(mpsc::SyncSender<Result<T, String>>) -> Message) -> Result<T, JobError> {
        let (reply, result): (_, Receiver<Result<T, String>>) = mpsc::sync_channel(1);
        self.database.send(message(reply));
        result.recv().map_err(|_| JobError::from(DatabaseError::Closed))?.map_err(JobError::Failed)
    }
}

/// A file that is removed when this is dropped. If an earlier process has left the file, it is
/// removed first.
struct ScratchFile(PathBuf);

impl ScratchFile {
    fn next_to(data: &Path) -> Self {
        let file = Self(World::working_copy_of(data));
        file.remove();
        file
    }

    fn remove(&self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Drop for JobGuard<'_> {
    fn drop(&mut self) {
        *locked(&self.database.jobs.0) = None;
    }
}

fn text(error: rusqlite::Error) -> JobError {
    JobError::Failed(error.to_string())
}
