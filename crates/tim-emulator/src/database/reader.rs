//! The thread that reads a database file. Another thread writes it.

use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::task::Task;

/// The maximum number of reads that share a transaction.
const MAX_GROUP: usize = 64;

/// Executes reads until the last sender is dropped. Reads that wait at the same time share a
/// transaction. It starts after all of them were received, so each read sees every write that was
/// acknowledged before it.
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
        // Nothing was written, so an error does no harm.
        let _ = db.execute_batch("COMMIT");
    }
}
