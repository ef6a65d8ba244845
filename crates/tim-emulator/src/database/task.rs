//! A piece of work for a thread of the database.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::Done;

/// Decides who handles a task: the thread that executes it, or the caller that gives up.
#[derive(Debug, Clone, Default)]
pub(super) struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Returns true for the first caller only.
    pub(super) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Work that waits for its execution.
pub(super) struct Task {
    claim: Claim,
    work: Box<dyn Work>,
}

impl Task {
    /// `report` gets the result after the commit, or why the work was not done.
    pub(super) fn new<T: Send + 'static>(
        claim: Claim,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
        report: impl FnOnce(Result<T, String>) + Send + 'static,
    ) -> Self {
        Self { claim, work: Box::new(Reported { work, report, value: PhantomData::<fn() -> T> }) }
    }

    /// Whether the caller gave up.
    pub(super) fn is_expired(&self) -> bool {
        self.claim.0.load(Ordering::Acquire)
    }

    /// Executes the work; `None` if the caller gave up before.
    pub(super) fn execute(self, db: &Connection) -> Option<Finished> {
        self.claim.take().then(|| self.work.execute(db))
    }

    /// Reports that the work cannot be done.
    pub(super) fn fail(self, reason: &str) {
        if self.claim.take() {
            self.work.fail(reason.to_owned());
        }
    }
}

/// Work that was executed, but is not committed yet.
pub(super) struct Finished {
    /// Whether its changes are kept.
    pub(super) keep: bool,
    report: Box<dyn FnOnce(Result<(), String>) + Send>,
}

impl Finished {
    /// Reports the result of the work, or why it could not be committed.
    pub(super) fn report(self, committed: Result<(), String>) {
        (self.report)(committed);
    }
}

trait Work: Send {
    fn execute(self: Box<Self>, db: &Connection) -> Finished;
    fn fail(self: Box<Self>, reason: String);
}

struct Reported<T, W, R> {
    work: W,
    report: R,
    value: PhantomData<fn() -> T>,
}

impl<T, W, R> Work for Reported<T, W, R>
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> Done<T> + Send,
    R: FnOnce(Result<T, String>) + Send + 'static,
{
    fn execute(self: Box<Self>, db: &Connection) -> Finished {
        let Self { work, report, .. } = *self;
        // Its changes are rolled back, so nothing is left in between.
        match catch_unwind(AssertUnwindSafe(|| work(db))) {
            Ok(Done { value, keep }) => {
                Finished { keep, report: Box::new(move |committed| report(committed.map(|()| value))) }
            }
            Err(_) => {
                let reason = "a panic, which is a bug of the emulator: report it, with the text on stderr";
                Finished { keep: false, report: Box::new(move |_| report(Err(reason.to_owned()))) }
            }
        }
    }

    fn fail(self: Box<Self>, reason: String) {
        (self.report)(Err(reason));
    }
}
