//! Who has whom in the friend list.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    Ok(get(db, owner, friend)?.is_some())
}

/// What the friend list of `owner` says about `friend`; `None` if it does not have the friend.
pub(crate) fn get(db: &Connection, owner: &UserId, friend: &UserId) -> Result<Option<FriendEntry>> {
    db.prepare_cached("SELECT source, remark, added_at FROM friend WHERE owner = ?1 AND friend = ?2")?
        .query_row([owner.as_str(), friend.as_str()], |row| {
            Ok(FriendEntry { source: row.get(0)?, remark: row.get(1)?, added_at: row.get(2)? })
        })
        .optional()
}

/// What a friend list says about one friend; empty texts were never set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FriendEntry {
    pub(crate) source: String,
    pub(crate) remark: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
}

/// Says whether the list changed: a friend that is there stays as it is.
pub(crate) fn add(db: &Connection, owner: &UserId, friend: &UserId, note: &FriendEntry) -> Result<bool> {
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

/// How long a user's list is, and how often it changed.
pub(crate) fn size(db: &Connection, owner: &UserId) -> Result<(u64, u64)> {
    db.prepare_cached("SELECT friends, friend_sequence FROM account WHERE user = ?1")?
        .query_row([owner.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
        })
}

/// Up to `limit` friends from the place `start` on, by their names.
pub(crate) fn page(db: &Connection, owner: &UserId, start: u32, limit: u32) -> Result<Vec<(UserId, FriendEntry)>> {
    let sql = "SELECT friend, source, remark, added_at FROM friend WHERE owner = ?1 ORDER BY friend LIMIT ?2 OFFSET ?3";
    db.prepare_cached(sql)?
        .query_map(params![owner.as_str(), limit, start], |row| {
            let note = FriendEntry { source: row.get(1)?, remark: row.get(2)?, added_at: row.get(3)? };
            Ok((row.get::<_, String>(0)?.into(), note))
        })?
        .collect()
}

/// Empties a list, and with `both` takes its owner out of the lists of all others.
pub(crate) fn remove_all(db: &Connection, owner: &UserId, both: bool) -> Result<()> {
    if both {
        db.prepare_cached("DELETE FROM friend WHERE friend = ?1")?.execute([owner.as_str()])?;
    }
    db.prepare_cached("DELETE FROM friend WHERE owner = ?1")?.execute([owner.as_str()])?;
    Ok(())
}
