//! The state of the emulator: accounts, profiles, follows, friends, blocklists and login states in
//! an SQLite database. The time is an argument. This module does not depend on HTTP or the
//! commands.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod compare;
pub(crate) mod follows;
pub(crate) mod friends;
pub(crate) mod groups;
mod json;
pub(crate) mod logins;
pub(crate) mod people;
pub(crate) mod profiles;
pub(crate) mod relations;
pub(crate) mod requests;
mod store;
#[cfg(test)]
mod testing;
pub(crate) mod totals;
pub(crate) mod transfer;
mod upkeep;
pub(crate) mod usage;
pub(crate) mod user_list;

pub use compare::{Change, Difference, Differences};
pub(crate) use store::{DataLock, FileIdentity};
pub use totals::Totals;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// A database that contains the state.
pub(crate) struct World {
    pub(crate) db: Connection,
}

impl World {
    /// Opens the state in this file, or an empty one in memory. The admins get accounts.
    pub(crate) fn open(path: Option<&Path>, admins: &[String]) -> Result<Self, String> {
        let db = path.map_or_else(store::in_memory, store::file)?;
        accounts::import_all(&db, admins).map_err(|error| error.to_string())?;
        Ok(Self { db })
    }

    /// Opens a database in memory without a schema. A copy of a state can be written to it.
    pub(crate) fn blank() -> Result<Connection, String> {
        store::blank()
    }

    /// Returns the absolute path of a data file, with symbolic links resolved.
    pub(crate) fn resolve(path: &Path) -> PathBuf {
        store::resolve(path)
    }

    /// Returns the path of the file for a large import, next to the data file.
    pub(crate) fn stage_of(path: &Path) -> PathBuf {
        store::beside(path, store::SCRATCH[0])
    }

    /// Returns the path of the file in which a job prepares a new state, next to the data file.
    pub(crate) fn working_copy_of(path: &Path) -> PathBuf {
        store::beside(path, store::SCRATCH[1])
    }

    /// Opens another connection to the file, for reads only.
    pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, String> {
        store::for_reading(path)
    }
}

/// Converts unix seconds to the type that the database stores.
pub(crate) fn seconds(unix: u64) -> i64 {
    i64::try_from(unix).unwrap_or(i64::MAX)
}
