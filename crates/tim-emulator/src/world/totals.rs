//! How much there is.

use serde::Serialize;

use super::World;

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Users with an account, admins included.
    pub accounts: u64,
    /// Who follows whom: each pair in each direction counts once.
    pub follows: u64,
    /// Entries on friend lists: two friends who have each other make two.
    pub friends: u64,
    /// Entries on blocklists.
    pub blocked: u64,
}

impl World {
    pub(crate) fn totals(&self) -> Result<Totals, String> {
        let read = |row: &rusqlite::Row<'_>| {
            let number = |column| row.get(column).map(i64::cast_unsigned);
            Ok(Totals { accounts: number(0)?, follows: number(1)?, friends: number(2)?, blocked: number(3)? })
        };
        let total = self.db.prepare_cached("SELECT accounts, follows, friends, blocked FROM total");
        total.and_then(|mut total| total.query_row([], read)).map_err(|error| error.to_string())
    }
}
