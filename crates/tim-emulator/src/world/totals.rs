//! The size of the state.

use rusqlite::{Connection, Result};
use serde::Serialize;

/// The size of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Users with an account, admins included.
    pub accounts: u64,
    /// Follows; two users who follow each other have two.
    pub follows: u64,
    /// Entries in friend lists; two users who have each other have two.
    pub friends: u64,
    /// Entries in blocklists.
    pub blocked: u64,
}

/// Reads the totals.
pub(crate) fn read(db: &Connection) -> Result<Totals> {
    let sql = "SELECT accounts, follows, friends, blocked FROM total";
    db.prepare_cached(sql)?.query_row([], |row| {
        let number = |column| row.get(column).map(i64::cast_unsigned);
        Ok(Totals { accounts: number(0)?, follows: number(1)?, friends: number(2)?, blocked: number(3)? })
    })
}
