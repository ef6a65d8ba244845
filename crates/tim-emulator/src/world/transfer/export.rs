//! Writes all records of a database.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, Row};
use tim_types::UserId;

use super::record::{AccountRecord, FriendRecord, RequestRecord};
use super::{OnProgress, PROGRESS_EVERY, Record};
use crate::world::friends::{self, FriendEntry};
use crate::world::requests::{self, FriendRequest};
use crate::world::{accounts, groups, logins, profiles};

/// The reason why an export failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("cannot write the export: {0}")]
    Write(#[from] io::Error),
    #[error("cannot read the database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the export was stopped")]
    Stopped,
}

type Read = fn(&Connection, &Row<'_>) -> rusqlite::Result<Record>;

/// Returns the queries for each kind of record, in the order of the export.
fn queries() -> [(String, Read); 5] {
    let friends = format!("SELECT owner, friend, {} FROM friend ORDER BY owner, friend", friends::COLUMNS);
    let requests = format!("SELECT {} FROM friend_request ORDER BY to_user, from_user", requests::COLUMNS);
    [
        ("SELECT user FROM account ORDER BY user".to_owned(), account),
        ("SELECT from_user, to_user, followed_at FROM follow ORDER BY sequence".to_owned(), |_, row| follow(row)),
        (friends, |_, row| friend(row)),
        (requests, |_, row| FriendRequest::from_row(row).map(RequestRecord::from_request).map(Record::FriendRequest)),
        ("SELECT owner, user, blocked_at FROM blocked ORDER BY owner, user".to_owned(), |_, row| block(row)),
    ]
}

/// Writes a consistent view of the state as NDJSON, and returns the number of records. Each list
/// keeps its order. An import of the output creates the same state. Opens a read transaction, so
/// `db` must not have an open one.
///
/// # Errors
/// The database or the writer failed, or `on_progress` stopped the export.
pub(crate) fn export(db: &Connection, to: &mut dyn Write, on_progress: &OnProgress<'_>) -> Result<u64, ExportError> {
    let moment = db.unchecked_transaction()?;
    let mut records = 0_u64;
    for (sql, read) in queries() {
        let mut statement = moment.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            serde_json::to_writer(&mut *to, &read(&moment, row)?).map_err(io::Error::from)?;
            to.write_all(b"\n")?;
            records += 1;
            if records.is_multiple_of(PROGRESS_EVERY) && on_progress(records) == ControlFlow::Break(()) {
                return Err(ExportError::Stopped);
            }
        }
    }
    to.flush()?;
    Ok(records)
}

/// [Exports](export) to a file. The earlier export stays until the new one is complete and on the
/// disk: it is written to a file with the extension `.partial`, which is removed after a failure.
pub(crate) fn export_to(db: &Connection, path: &Path, on_progress: &OnProgress<'_>) -> Result<u64, ExportError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let write = || {
        let mut file = BufWriter::with_capacity(1 << 16, File::create(&partial)?);
        let records = export(db, &mut file, on_progress)?;
        file.get_ref().sync_all()?;
        drop(file);
        fs::rename(&partial, path)?;
        Ok(records)
    };
    let written = write();
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn account(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Record> {
    let user = user(row, 0)?;
    let profile = profiles::get(db, &user)?.unwrap_or_default().0;
    let profile = profile.into_iter().map(|field| (field.tag.as_str().to_owned(), field.value)).collect();
    let logins = logins::of(db, &user)?.into_iter().map(|login| (login.platform, login.status)).collect();
    let groups = groups::list(db, &user)?;
    let kicked_at = accounts::kicked_at(db, &user)?.map(i64::unsigned_abs);
    Ok(Record::Account(AccountRecord { user, profile, groups, logins, kicked_at }))
}

fn follow(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Follow { from: user(row, 0)?, to: user(row, 1)?, at: time(row, 2)? })
}

fn friend(row: &Row<'_>) -> rusqlite::Result<Record> {
    let entry = FriendEntry::from_row(row, 2)?;
    Ok(Record::Friend(FriendRecord::from_entry(user(row, 0)?, user(row, 1)?, entry)))
}

fn block(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Block { owner: user(row, 0)?, user: user(row, 1)?, at: time(row, 2)? })
}

fn user(row: &Row<'_>, column: usize) -> rusqlite::Result<UserId> {
    row.get::<_, String>(column).map(UserId::from)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    row.get::<_, i64>(column).map(|at| Some(at.unsigned_abs()))
}
