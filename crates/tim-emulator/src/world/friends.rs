//! Who has whom in the friend list.

use rusqlite::{Connection, Result, params};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM friend WHERE owner = ?1 AND friend = ?2")?
        .exists([owner.as_str(), friend.as_str()])
}

/// What a friend list says about one friend; empty texts were never set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) source: String,
    pub(crate) remark: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
}

/// Says whether the list changed: a friend that is there stays as it is.
pub(crate) fn add(db: &Connection, owner: &UserId, friend: &UserId, note: &Note) -> Result<bool> {
    let sql = "INSERT INTO friend (owner, friend, source, remark, added_at) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    let added = db.prepare_cached(sql)?.execute(params![
        owner.as_str(),
        friend.as_str(),
        note.source,
        note.remark,
        note.added_at
    ])?;
    Ok(added > 0)
}

/// Says whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    let removed = db
        .prepare_cached("DELETE FROM friend WHERE owner = ?1 AND friend = ?2")?
        .execute([owner.as_str(), friend.as_str()])?;
    Ok(removed > 0)
}
