//! The stage: a temporary file with the records of a large import, until all of them are read.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, Result, params};
use tempfile::TempPath;

use super::{ImportError, OnProgress, Record, merge};
use crate::world::seconds;

/// The memory for pages in KiB. Rows are only appended, so a few pages are enough.
const CACHE: i32 = 8 * 1024;

/// A file of records that are not in the state yet. Dropping this value removes the file.
pub(crate) struct Stage {
    db: Connection,
    path: TempPath,
    records: u64,
}

impl Stage {
    /// Creates the file, or replaces an existing one. Without a path, creates a new file in the
    /// folder for temporary files. The file becomes about as large as the input.
    pub(crate) fn new(path: Option<&Path>) -> Result<Self, ImportError> {
        let path = match path {
            Some(path) => {
                std::fs::File::create(path)?;
                TempPath::try_from_path(path)?
            }
            None => tempfile::Builder::new().prefix("tim-emulator-import-").tempfile()?.into_temp_path(),
        };
        let db = Connection::open(&path)?;
        // The file is not used after a crash, so it needs no journal.
        db.pragma_update(None, "journal_mode", "OFF")?;
        db.pragma_update(None, "synchronous", "OFF")?;
        db.pragma_update(None, "cache_size", -CACHE)?;
        db.execute_batch(&["BEGIN;", include_str!("stage.sql")].concat())?;
        Ok(Self { db, path, records: 0 })
    }

    /// Returns the number of records.
    pub(crate) fn len(&self) -> u64 {
        self.records
    }

    /// Adds a record. A record without a time gets `now`.
    pub(crate) fn push(&mut self, record: &Record, now: u64) -> Result<()> {
        let time = |at: Option<u64>| seconds(at.unwrap_or(now));
        let insert = |sql, row: &[&dyn rusqlite::ToSql]| self.db.prepare_cached(sql)?.execute(row);
        match record {
            Record::Account { user, profile } => {
                insert("INSERT INTO account VALUES (?1, ?2)", params![user.as_str(), !profile.is_empty()])?;
                for (tag, value) in profile {
                    insert("INSERT INTO profile VALUES (?1, ?2, ?3)", params![user.as_str(), tag, value.to_string()])?;
                }
            }
            Record::Follow { from, to, at } => {
                insert("INSERT INTO follow VALUES (?1, ?2, ?3)", params![from.as_str(), to.as_str(), time(*at)])?;
            }
            Record::Friend { owner, friend, source, remark, at } => {
                let row = params![owner.as_str(), friend.as_str(), source, remark, time(*at)];
                insert("INSERT INTO friend VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
            }
            Record::Block { owner, user, at } => {
                insert("INSERT INTO blocked VALUES (?1, ?2, ?3)", params![owner.as_str(), user.as_str(), time(*at)])?;
            }
        }
        self.records += 1;
        Ok(())
    }

    /// Merges the records into `db`, with the same result as [`apply`](super::apply). `db` is a
    /// copy of the live database, which replaces the live database afterwards. Nothing else can use
    /// it meanwhile. It is written without a journal, so it is unusable after an error. Nothing is
    /// flushed to the disk: sync the file before it replaces another one.
    ///
    /// `on_progress` is called between the steps. To stop within a step, use the interrupt handle
    /// of `db`.
    ///
    /// # Errors
    /// A database failed, or `on_progress` stopped the merge.
    pub(crate) fn merge_into(self, db: &Connection, on_progress: &OnProgress<'_>) -> Result<(), ImportError> {
        let Self { db: stage, path, records } = self;
        stage.execute_batch("COMMIT")?;
        stage.close().map_err(|(_, error)| error)?;
        let name = path.to_str().ok_or_else(|| io::Error::other("the path of the stage is not UTF-8"))?;
        db.execute("ATTACH ?1 AS stage", [name])?;
        // An attached database inherits `mmap_size`. The file is read only once, so mapped pages
        // would waste memory.
        db.execute_batch(
            "PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF; PRAGMA stage.mmap_size = 0",
        )?;
        let merged = merge::run(db, &mut || match on_progress(records) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ImportError::Stopped),
        });
        let detached = db.execute_batch("DETACH stage");
        merged?;
        Ok(detached?)
    }
}
