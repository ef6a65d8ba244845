//! The thread that owns the connection for writes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::OnProblem;
use super::copy::{self, Replacement};
use super::task::{Finished, Task};
use crate::world::FileIdentity;

/// The maximum number of calls that are committed together.
const MAX_GROUP: usize = 128;
/// The time that SQLite waits for the lock of another program. After it, the thread removes the
/// calls that were cancelled meanwhile, and waits again.
const LOCK_WAIT: Duration = Duration::from_millis(20);
const UNDONE: &str = "SQLite undid the transaction after an error: check that the disk has space and can be written";

/// A request to the thread.
pub(super) enum Message {
    Read(Task),
    Write(Task),
    /// Keep later writes until [`Release`](Self::Release), because a job prepares a new state. The
    /// thread replies after the commit of all earlier writes.
    Hold(SyncSender<Result<(), String>>),
    Release,
    /// Copy the state, and execute calls meanwhile.
    Copy(SyncSender<Result<Connection, String>>),
    /// Replace the state. Returns the connection to the earlier state if it is not in use any more,
    /// so that the caller frees its memory.
    Replace(Replacement, SyncSender<Result<Option<Connection>, String>>),
}

pub(super) struct Writer {
    db: Connection,
    queue: Receiver<Message>,
    /// The identity of the opened file; `None` in memory.
    file: Option<FileIdentity>,
    /// The messages that wait for the end of a copy.
    postponed: RefCell<VecDeque<Message>>,
    /// Set from [`Message::Hold`] to [`Message::Release`].
    held: RefCell<Option<Held>>,
    /// Set when the emulator stops.
    stopping: Arc<AtomicBool>,
    on_problem: OnProblem,
    /// The latest problem that was reported. A problem that continues is reported only once.
    problem: RefCell<Option<String>>,
}

/// The waiting writes, and the version of the state, while a job prepares a new state.
struct Held {
    /// The writes that wait for the end of the job.
    writes: VecDeque<Task>,
    /// `data_version` of SQLite at the start of the job. It changes with commits of other programs,
    /// and not with commits of this connection.
    version: i64,
}

impl Writer {
    pub(super) fn new(
        db: Connection,
        path: Option<&Path>,
        queue: Receiver<Message>,
        stopping: Arc<AtomicBool>,
        on_problem: OnProblem,
    ) -> Self {
        let (postponed, held, problem) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { db, queue, file: path.map(FileIdentity::of), postponed, held, stopping, on_problem, problem }
    }

    /// Handles messages until the last sender is dropped.
    pub(super) fn run(mut self) {
        if self.file.is_some() {
            // If this fails, only the wait for the lock of another program is shorter.
            let _ = self.db.busy_timeout(LOCK_WAIT);
        }
        loop {
            let postponed = self.postponed.get_mut().pop_front();
            let Some(message) = postponed.or_else(|| self.queue.recv().ok()) else { return };
            match message {
                Message::Copy(to) => {
                    let _ = to.send(copy::in_steps(&self.db, || self.execute_waiting()));
                }
                Message::Replace(state, reply) => {
                    let _ = reply.send(self.replace(state));
                }
                Message::Hold(reply) => {
                    let held = Held { writes: VecDeque::new(), version: self.version() };
                    self.held.replace(Some(held));
                    let _ = reply.send(Ok(()));
                }
                Message::Release => {
                    let held = self.held.take();
                    self.execute(held.into_iter().flat_map(|held| held.writes).collect());
                }
                other => self.calls(other),
            }
        }
    }

    fn replace(&mut self, state: Replacement) -> Result<Option<Connection>, String> {
        if let Some(file) = &self.file {
            file.check()?;
            self.check_version()?;
            return state.copy_to(&mut self.db).map(|()| None);
        }
        state.into_connection().map(|new| Some(std::mem::replace(&mut self.db, new)))
    }

    /// Returns an error if another program has written to the file since the job started. Otherwise
    /// the job would overwrite its changes.
    fn check_version(&self) -> Result<(), String> {
        match self.held.borrow().as_ref() {
            Some(held) if held.version != self.version() => {
                Err("another program has changed the data file during the job: close that program, and try again"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    fn version(&self) -> i64 {
        self.db.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap_or_default()
    }

    /// Executes the calls in the queue, between the steps of a copy.
    fn execute_waiting(&self) {
        while let Ok(message) = self.queue.try_recv() {
            match message {
                Message::Read(_) | Message::Write(_) => self.calls(message),
                other => self.postponed.borrow_mut().push_back(other),
            }
        }
    }

    /// Executes a call and the calls that wait after it, as a group.
    fn calls(&self, first: Message) {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Read(task) => group.push(task),
                Message::Write(task) => match self.held.borrow_mut().as_mut() {
                    Some(held) => held.writes.push_back(task),
                    None => group.push(task),
                },
                other => {
                    self.postponed.borrow_mut().push_back(other);
                    break;
                }
            }
            if group.len() < MAX_GROUP {
                next = self.queue.try_recv().ok();
            }
        }
        self.execute(group);
    }

    /// Executes calls in one transaction, each in its own savepoint. Reports their results after
    /// the commit.
    fn execute(&self, mut group: Vec<Task>) {
        if group.is_empty() {
            return;
        }
        if let Err(reason) = self.begin(&mut group) {
            self.report_problem(Some(&reason));
            group.into_iter().for_each(|task| task.fail(&reason));
            return;
        }
        let (alone, before) = (group.len() == 1, self.db.total_changes());
        let finished: Vec<_> = group.into_iter().filter_map(|task| self.execute_one(task, alone)).collect();
        let keep = !alone || finished.iter().all(|finished| finished.keep);
        let undone = self.is_undone();
        let committed = if keep { self.commit() } else { self.roll_back() };
        match &committed {
            Err(problem) => self.report_problem(Some(problem)),
            // The result of the call has the error of its statement.
            Ok(()) if undone => self.report_problem(Some(UNDONE)),
            Ok(()) if keep && self.db.total_changes() > before => self.report_problem(None),
            // The disk was not used, so the problem can still be there.
            Ok(()) => {}
        }
        for one in finished {
            one.report(committed.clone());
        }
    }

    /// Begins a transaction. While another program holds the lock, waits until all callers have
    /// cancelled their tasks, or the emulator stops.
    fn begin(&self, group: &mut Vec<Task>) -> Result<(), String> {
        if let Some(file) = &self.file {
            file.check()?;
        }
        loop {
            match self.db.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([])) {
                Ok(_) => return Ok(()),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    group.retain(|task| !task.is_expired());
                    if group.is_empty() || self.stopping.load(Ordering::Acquire) {
                        return Err("another program holds the lock of the data file".to_owned());
                    }
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Executes a call. If it is alone in its transaction, it needs no savepoint.
    fn execute_one(&self, task: Task, alone: bool) -> Option<Finished> {
        if alone {
            return task.execute(&self.db);
        }
        // Without a transaction, the savepoint would begin one.
        let begun = if self.is_undone() { Err(UNDONE.to_owned()) } else { self.statement("SAVEPOINT call") };
        if let Err(error) = begun {
            task.fail(&error);
            return None;
        }
        let finished = task.execute(&self.db);
        if !finished.as_ref().is_some_and(|finished| finished.keep) {
            // If this fails, the commit fails too.
            let _ = self.statement("ROLLBACK TO call");
        }
        let _ = self.statement("RELEASE call");
        finished
    }

    /// Whether SQLite rolled back the transaction because of an error in a statement.
    fn is_undone(&self) -> bool {
        self.db.is_autocommit()
    }

    fn commit(&self) -> Result<(), String> {
        if self.is_undone() {
            return Err(UNDONE.to_owned());
        }
        self.statement("COMMIT").inspect_err(|_| drop(self.roll_back()))
    }

    fn roll_back(&self) -> Result<(), String> {
        if self.is_undone() { Ok(()) } else { self.statement("ROLLBACK") }
    }

    fn statement(&self, sql: &str) -> Result<(), String> {
        let done = self.db.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(|error| error.to_string())
    }

    /// Reports a problem, unless it was the latest one too. `None` means success.
    fn report_problem(&self, problem: Option<&str>) {
        let mut last = self.problem.borrow_mut();
        if last.as_deref() != problem {
            *last = problem.map(str::to_owned);
            if let Some(problem) = problem {
                // It is not ours, and must not end this thread.
                let _ = catch_unwind(AssertUnwindSafe(|| (self.on_problem)(problem)));
            }
        }
    }
}
