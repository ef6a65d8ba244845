//! Who has whom in the friend list.

use rusqlite::{Connection, Result};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM friend WHERE owner = ?1 AND friend = ?2")?
        .exists([owner.as_str(), friend.as_str()])
}

/// Says whether the list changed.
pub(crate) fn add(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    change(db, "INSERT INTO friend (owner, friend) VALUES (?1, ?2) ON CONFLICT DO NOTHING", owner, friend)
}

/// Says whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    change(db, "DELETE FROM friend WHERE owner = ?1 AND friend = ?2", owner, friend)
}

fn change(db: &Connection, sql: &str, owner: &UserId, friend: &UserId) -> Result<bool> {
    Ok(db.prepare_cached(sql)?.execute([owner.as_str(), friend.as_str()])? > 0)
}
