//! The friend lists.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    Ok(get(db, owner, friend)?.is_some())
}

/// Returns the entry of `friend` in the friend list of `owner`; `None` if the list does not contain
/// the friend.
pub(crate) fn get(db: &Connection, owner: &UserId, friend: &UserId) -> Result<Option<FriendEntry>> {
    db.prepare_cached("SELECT source, remark, added_at FROM friend WHERE owner = ?1 AND friend = ?2")?
        .query_row([owner.as_str(), friend.as_str()], |row| {
            Ok(FriendEntry { source: row.get(0)?, remark: row.get(1)?, added_at: row.get(2)? })
        })
        .optional()
}

/// An entry of a friend list. A text that was never set is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FriendEntry {
    pub(crate) source: String,
    pub(crate) remark: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
}

/// Adds a friend. Returns whether the list changed. An existing entry stays unchanged.
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

/// Removes a friend. Returns whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    let removed = db
        .prepare_cached("DELETE FROM friend WHERE owner = ?1 AND friend = ?2")?
        .execute([owner.as_str(), friend.as_str()])?;
    Ok(removed > 0)
}

/// Returns the length of the list of a user, and the number of its changes.
pub(crate) fn size(db: &Connection, owner: &UserId) -> Result<(u64, u64)> {
    db.prepare_cached("SELECT friends, friend_sequence FROM account WHERE user = ?1")?
        .query_row([owner.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
        })
}

/// Returns up to `limit` friends, sorted by id, from the offset `start`.
pub(crate) fn page(db: &Connection, owner: &UserId, start: u32, limit: u32) -> Result<Vec<(UserId, FriendEntry)>> {
    let sql = "SELECT friend, source, remark, added_at FROM friend WHERE owner = ?1 ORDER BY friend LIMIT ?2 OFFSET ?3";
    db.prepare_cached(sql)?
        .query_map(params![owner.as_str(), limit, start], |row| {
            let note = FriendEntry { source: row.get(1)?, remark: row.get(2)?, added_at: row.get(3)? };
            Ok((row.get::<_, String>(0)?.into(), note))
        })?
        .collect()
}

/// Removes all friends of a list. With `both`, also removes its owner from the lists of all other
/// users.
pub(crate) fn remove_all(db: &Connection, owner: &UserId, both: bool) -> Result<()> {
    if both {
        db.prepare_cached("DELETE FROM friend WHERE friend = ?1")?.execute([owner.as_str()])?;
    }
    db.prepare_cached("DELETE FROM friend WHERE owner = ?1")?.execute([owner.as_str()])?;
    Ok(())
}
