//! The stage: a temporary file with the records of a large import, until all of them are read.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, Result, ToSql, params};
use tempfile::TempPath;
use tim_types::UserId;

use super::record::AccountRecord;
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
        match record {
            Record::Account(account) => self.push_account(account, seconds(now))?,
            Record::Follow { from, to, at } => {
                let row = params![from.as_str(), to.as_str(), time(*at)];
                self.insert("INSERT INTO follow VALUES (?1, ?2, ?3)", row)?;
            }
            Record::Friend(friend) => {
                let (owner, friend, entry) = friend.clone().into_entry(now);
                self.push_groups(&owner, &entry.groups)?;
                let sql = "INSERT INTO friend VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
                entry.execute(&self.db, sql, &owner, &friend)?;
            }
            Record::FriendRequest(request) => {
                let sql = "INSERT INTO friend_request VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
                request.clone().into_request(now).execute(&self.db, sql)?;
            }
            Record::Block { owner, user, at } => {
                let row = params![owner.as_str(), user.as_str(), time(*at)];
                self.insert("INSERT INTO blocked VALUES (?1, ?2, ?3)", row)?;
            }
        }
        self.records += 1;
        Ok(())
    }

    fn push_account(&self, account: &AccountRecord, now: i64) -> Result<()> {
        let user = account.user.as_str();
        self.insert("INSERT INTO account VALUES (?1, ?2)", params![user, !account.profile.is_empty()])?;
        for (tag, value) in &account.profile {
            self.insert("INSERT INTO profile VALUES (?1, ?2, ?3)", params![user, tag, value.to_string()])?;
        }
        self.push_groups(&account.user, &account.groups)?;
        for (platform, status) in &account.logins {
            self.insert("INSERT INTO login VALUES (?1, ?2, ?3, ?4)", params![user, platform, status, now])?;
        }
        if let Some(at) = account.kicked_at {
            self.insert("INSERT INTO kick VALUES (?1, ?2)", params![user, seconds(at)])?;
        }
        Ok(())
    }

    fn push_groups(&self, owner: &UserId, names: &[String]) -> Result<()> {
        names
            .iter()
            .try_for_each(|name| self.insert("INSERT INTO friend_group VALUES (?1, ?2)", params![owner.as_str(), name]))
    }

    fn insert(&self, sql: &str, row: &[&dyn ToSql]) -> Result<()> {
        self.db.prepare_cached(sql)?.execute(row).map(drop)
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
