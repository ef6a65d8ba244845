//! The thread that reads a file, beside the one that writes it.

use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::task::Task;

/// At most this many reads share a transaction.
const MAX_GROUP: usize = 64;

/// Executes reads until the last sender is gone. Reads that wait together share a transaction, which
/// starts after all of them came in, so each sees every write that was acknowledged before.
pub(super) fn run(db: &Connection, tasks: &Receiver<Task>) {
    while let Ok(first) = tasks.recv() {
        let group: Vec<_> = std::iter::once(first).chain(tasks.try_iter().take(MAX_GROUP - 1)).collect();
        if let Err(error) = db.execute_batch("BEGIN") {
            let reason = error.to_string();
            group.into_iter().for_each(|task| task.fail(&reason));
            continue;
        }
        for task in group {
            if let Some(finished) = task.execute(db) {
                finished.report(Ok(()));
            }
        }
        // Nothing was written, so the transaction has nothing to lose.
        let _ = db.execute_batch("COMMIT");
    }
}
