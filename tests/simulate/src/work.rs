//! The tasks of the plan, and the checks of what is reported to them.

mod batch;
pub(crate) mod bulk;
mod calls;
mod lists;

use std::sync::Arc;

use tim_follow::Error;

use crate::client::AnyClient;
use crate::executor::Sleep;
use crate::invariants;
use crate::lock::locked;
use crate::plan::{Process, Task, Work};
use crate::sim::Sim;

/// A task and what it works with.
pub(crate) struct Worker {
    sim: Arc<Sim>,
    client: AnyClient,
    process: Process,
    task: Task,
}

impl Worker {
    pub(crate) fn new(sim: &Arc<Sim>, client: &AnyClient, process: &Process, task: &Task) -> Self {
        Self { sim: Arc::clone(sim), client: client.clone(), process: process.clone(), task: task.clone() }
    }

    /// Waits for the start of the task.
    pub(crate) async fn begin(&self) {
        self.sim.executor.sleep(self.task.start).await;
        self.sim.begin(self.task.id);
    }

    pub(crate) fn end(&self) {
        self.sim.end(self.task.id);
    }

    /// Ends when the task is abandoned, if it is.
    pub(crate) fn abandoned(&self) -> Option<Sleep> {
        self.task.abandoned_after.map(|after| self.sim.executor.sleep(after))
    }

    pub(crate) async fn run(&self) {
        match &self.task.work {
            Work::Calls(calls) => self.calls(calls).await,
            Work::Batch(batch) => self.batch(batch).await,
            Work::Pages(pages) => self.pages(pages).await,
            Work::Sync(sync) => self.sync(sync).await,
            // It has processes of its own.
            Work::Bulk(_) => {}
        }
    }

    /// The number of requests of this task so far.
    fn sent(&self) -> usize {
        locked(&self.sim.history).of_task(self.task.id).count()
    }

    fn check_error(&self, error: &Error) {
        self.sim.check_text(&error.to_string());
        self.sim.check_text(&format!("{error:?}"));
    }

    /// Checks the error of a call that began after `before` requests.
    fn check_attempts(&self, error: &Error, before: usize) {
        self.check_error(error);
        self.sim.check(invariants::errors_count_their_attempts(error.attempts(), self.sent() - before));
    }
}
