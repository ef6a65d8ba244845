//! The database and its threads. Only calls, and admin routes that read or change the state, wait
//! for it.
//!
//! One thread executes all writes and commits them in groups. For a file, a second thread reads
//! with its own connection, so reads continue while a write or another program holds the lock. A
//! database in memory has one connection, and the same thread reads and writes.
//!
//! A *job* works on the whole state: import, export, reset, snapshot. One job runs at a time. It
//! prepares a new state on the thread of its caller. Until the job ends, calls see the earlier
//! state.

mod copy;
mod job;
mod reader;
mod task;
mod writer;

pub(crate) use job::{JobError, JobGuard};

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::timeout;

use crate::lock::locked;
use crate::problem::OnProblem;
use crate::world::World;
use task::{Claim, Task};
use writer::{Message, Writer};

/// A handle to the threads of the database.
pub(crate) struct Database {
    /// `None` after [`close`](Self::close).
    queue: Mutex<Option<Sender<Message>>>,
    /// The queue of the thread that reads. For a database in memory, reads use `queue`.
    reads: Mutex<Option<Sender<Task>>>,
    path: Option<PathBuf>,
    /// The thread for writes is the last one.
    threads: Mutex<Vec<JoinHandle<()>>>,
    jobs: job::Jobs,
    /// Set by [`stop`](Self::stop).
    stopping: Arc<AtomicBool>,
}

/// The reason why work on the database was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// The work did not start in time and was cancelled.
    #[error("the database was busy for {} ms: {reason}; try again", waited.as_millis())]
    Busy {
        /// The time that the caller waited.
        waited: Duration,
        /// The probable reason why the database is busy.
        reason: &'static str,
    },
    /// SQLite failed; nothing was changed.
    #[error("{0}")]
    Failed(String),
    /// The emulator is stopping.
    #[error("the emulator is stopping")]
    Closed,
}

/// The result of work on the database.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    /// Whether the changes are kept.
    pub(crate) keep: bool,
}

impl Database {
    /// Starts the threads for a database that is open. `path` is its file.
    pub(crate) fn start(world: World, path: Option<PathBuf>, on_problem: OnProblem) -> Result<Self, String> {
        let reader = path.as_deref().map(World::open_for_reading).transpose()?;
        let (queue, messages) = mpsc::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let writer = Writer::new(world.db, path.as_deref(), messages, Arc::clone(&stopping), on_problem);
        let (mut threads, mut reads) = (Vec::new(), None);
        if let Some(db) = reader {
            let (sender, tasks) = mpsc::channel();
            threads.push(spawn("tim-emulator-reads", move || reader::run(&db, &tasks))?);
            reads = Some(sender);
        }
        threads.push(spawn("tim-emulator-db", move || writer.run())?);
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            reads: Mutex::new(reads),
            path,
            threads: Mutex::new(threads),
            jobs: job::Jobs::default(),
            stopping,
        })
    }

    /// The file; `None` for a database in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reads. Waits without a limit.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (report, result) = tokio::sync::oneshot::channel();
        self.send_read(Task::new(Claim::default(), kept(work), move |result| drop(report.send(result))));
        failed(result.await.map_err(|_| DatabaseError::Closed)?)
    }

    /// Executes a write that is committed or undone as a unit. Cancels it if it does not start
    /// within `limit`. Returns after the commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let claim = Claim::default();
        let (report, mut result) = tokio::sync::oneshot::channel();
        self.send(Message::Write(Task::new(claim.clone(), work, move |result| drop(report.send(result)))));
        let result = match timeout(limit, &mut result).await {
            Ok(result) => result,
            Err(_) if claim.take() => return Err(DatabaseError::Busy { waited: limit, reason: self.busy_reason() }),
            // The work has started, so it can no longer be cancelled.
            Err(_) => result.await,
        };
        failed(result.map_err(|_| DatabaseError::Closed)?)
    }

    /// Like [`read`](Self::read), for a caller without a runtime. Blocks.
    pub(crate) fn read_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (report, result) = mpsc::sync_channel(1);
        self.send_read(Task::new(Claim::default(), kept(work), move |result| drop(report.send(result))));
        failed(result.recv().map_err(|_| DatabaseError::Closed)?)
    }

    /// Like [`write`](Self::write), without a limit. Blocks.
    pub(crate) fn write_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (report, result) = mpsc::sync_channel(1);
        self.send(Message::Write(Task::new(Claim::default(), work, move |result| drop(report.send(result)))));
        failed(result.recv().map_err(|_| DatabaseError::Closed)?)
    }

    /// Ends what could delay the end of the emulator: the job that is running, and writes that wait
    /// for the lock of another program. They fail.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.jobs.stop();
    }

    /// Finishes the work that is waiting and closes the database.
    pub(crate) fn close(&self) {
        self.stopping.store(true, Ordering::Release);
        let mut threads = locked(&self.threads);
        let writer = threads.pop();
        drop(locked(&self.reads).take());
        // One after the other, because SQLite removes its log when the last connection closes. The
        // panic hook has already reported a panic of a thread.
        threads.drain(..).for_each(|thread| drop(thread.join()));
        drop(locked(&self.queue).take());
        let _ = writer.map(JoinHandle::join);
    }

    fn send_read(&self, task: Task) {
        let task = match locked(&self.reads).as_ref() {
            Some(reads) => match reads.send(task) {
                Ok(()) => return,
                Err(closed) => closed.0,
            },
            None => task,
        };
        self.send(Message::Read(task));
    }

    /// Sends a message to the thread. After [`close`](Self::close), drops the message, and the
    /// caller gets `Closed`.
    fn send(&self, message: Message) {
        if let Some(queue) = locked(&self.queue).as_ref() {
            let _ = queue.send(message);
        }
    }

    fn busy_reason(&self) -> &'static str {
        match (self.jobs.running(), &self.path) {
            (Some(_), _) => "a job works on the whole state (see \"job\" in GET /_emulator/)",
            (None, Some(_)) => "another program holds the lock of the data file, or a large call runs",
            (None, None) => "a large call runs",
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

fn kept<T>(work: impl FnOnce(&Connection) -> T) -> impl FnOnce(&Connection) -> Done<T> {
    |db| Done { value: work(db), keep: true }
}

fn failed<T>(result: Result<T, String>) -> Result<T, DatabaseError> {
    result.map_err(DatabaseError::Failed)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| format!("cannot start a thread for the database: {error}"))
}

#[cfg(test)]
mod tests;
