//! Who has blocked whom.

use rusqlite::{Connection, Result, params};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, user: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM blocked WHERE owner = ?1 AND user = ?2")?.exists([owner.as_str(), user.as_str()])
}

/// Says whether the list changed: a block that is there keeps its time.
pub(crate) fn add(db: &Connection, owner: &UserId, user: &UserId, now: i64) -> Result<bool> {
    let sql = "INSERT INTO blocked (owner, user, blocked_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute(params![owner.as_str(), user.as_str(), now])? > 0)
}

/// Says whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, user: &UserId) -> Result<bool> {
    let sql = "DELETE FROM blocked WHERE owner = ?1 AND user = ?2";
    Ok(db.prepare_cached(sql)?.execute([owner.as_str(), user.as_str()])? > 0)
}
