//! Merges staged records into a database with statements on whole tables. They fill each b-tree in
//! the order of its keys.

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::Value;
use rusqlite::{Batch, Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::ImportError;
use crate::world::upkeep::Suspended;

/// The settings of the connection during a merge. The memory is in KiB. Pages and each sort can use
/// this much.
const SETTINGS: [(&str, &str); 5] =
    [("journal_mode", "OFF"), ("synchronous", "OFF"), ("cache_size", "-65536"), ("mmap_size", "0"), ("threads", "2")];

/// A function that is called before each step. An error ends the merge.
type OnStep<'a> = dyn FnMut() -> Result<(), ImportError> + 'a;

/// Merges the database that is attached as `stage` into the main database. `on_step` is called
/// before each step.
pub(super) fn run(db: &Connection, on_step: &mut OnStep<'_>) -> Result<(), ImportError> {
    let mut earlier = Vec::new();
    for (name, value) in SETTINGS {
        earlier.push((name, set(db, name, Value::Text(value.to_owned()))?));
    }
    merge(db, on_step)?;
    for (name, value) in earlier.into_iter().rev() {
        set(db, name, value)?;
    }
    Ok(())
}

/// Changes a setting and returns its earlier value; null if the database does not have the setting,
/// for example `mmap_size` in memory.
fn set(db: &Connection, name: &str, value: Value) -> rusqlite::Result<Value> {
    let earlier = db.pragma_query_value(Some("main"), name, |row| row.get(0)).optional()?.unwrap_or(Value::Null);
    let mut statement = match value {
        Value::Integer(number) => db.prepare(&format!("PRAGMA main.{name} = {number}"))?,
        Value::Text(text) => db.prepare(&format!("PRAGMA main.{name} = {text}"))?,
        _ => return Ok(earlier),
    };
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(earlier)
}

fn merge(db: &Connection, on_step: &mut OnStep<'_>) -> Result<(), ImportError> {
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let mut tables = vec!["account"];
    for table in ["follow", "friend", "blocked"] {
        if transaction.prepare(&format!("SELECT 1 FROM stage.{table}"))?.exists([])? {
            tables.push(table);
        }
    }
    let upkeep = Suspended::new(&transaction, &tables)?;
    if tables.contains(&"follow") {
        run_steps(&transaction, include_str!("merge/follows.sql"), on_step)?;
    }
    run_steps(&transaction, include_str!("merge/others.sql"), on_step)?;
    for sql in upkeep.indexes() {
        run_steps(&transaction, sql, on_step)?;
    }
    run_steps(&transaction, include_str!("merge/accounts.sql"), on_step)?;
    run_steps(&transaction, include_str!("merge/details.sql"), on_step)?;
    upkeep.triggers().try_for_each(|sql| transaction.execute_batch(sql))?;
    Ok(transaction.commit()?)
}

/// Runs each statement as a step.
fn run_steps(db: &Connection, sql: &str, on_step: &mut OnStep<'_>) -> Result<(), ImportError> {
    let mut statements = Batch::new(db, sql);
    while let Some(mut statement) = statements.next()? {
        on_step()?;
        statement.execute([])?;
    }
    Ok(())
}
