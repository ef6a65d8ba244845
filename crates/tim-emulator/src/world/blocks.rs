//! The blocklists.

use rusqlite::{Connection, Result, params};
use tim_types::UserId;

pub(crate) fn has(db: &Connection, owner: &UserId, user: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM blocked WHERE owner = ?1 AND user = ?2")?.exists([owner.as_str(), user.as_str()])
}

/// Adds a block. Returns whether the list changed. An existing block keeps its time.
pub(crate) fn add(db: &Connection, owner: &UserId, user: &UserId, now: i64) -> Result<bool> {
    let sql = "INSERT INTO blocked (owner, user, blocked_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute(params![owner.as_str(), user.as_str(), now])? > 0)
}

/// Removes a block. Returns whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, user: &UserId) -> Result<bool> {
    let sql = "DELETE FROM blocked WHERE owner = ?1 AND user = ?2";
    Ok(db.prepare_cached(sql)?.execute([owner.as_str(), user.as_str()])? > 0)
}

/// Returns the length of the list of a user, and the number of its changes.
pub(crate) fn size(db: &Connection, owner: &UserId) -> Result<(u64, u64)> {
    db.prepare_cached("SELECT blocked, block_sequence FROM account WHERE user = ?1")?
        .query_row([owner.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
        })
}

const PAGE: &str = "SELECT user, blocked_at FROM blocked WHERE owner = ?1
                    ORDER BY blocked_at DESC, user LIMIT ?2 OFFSET ?3";

/// Returns up to `limit` users from the offset `start`, with the times at which they were blocked.
/// The latest block comes first. Blocks of the same second are sorted by user id.
pub(crate) fn page(db: &Connection, owner: &UserId, start: u32, limit: u32) -> Result<Vec<(UserId, i64)>> {
    db.prepare_cached(PAGE)?
        .query_map(params![owner.as_str(), limit, start], |row| Ok((row.get::<_, String>(0)?.into(), row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{plan, world};

    #[test]
    fn the_latest_block_comes_first() {
        let db = world(&["alice", "a", "b", "c", "d"]);
        for (user, at) in [("b", 5), ("a", 5), ("c", 7), ("d", 3), ("c", 1)] {
            add(&db, &"alice".into(), &user.into(), at).unwrap();
        }
        let list = |start, limit| page(&db, &"alice".into(), start, limit).unwrap();
        let blocks =
            |list: &[(&str, i64)]| list.iter().map(|(user, at)| (UserId::from(*user), *at)).collect::<Vec<_>>();
        assert_eq!(list(0, 3), blocks(&[("c", 7), ("a", 5), ("b", 5)]));
        assert_eq!(list(3, 3), blocks(&[("d", 3)]));
    }

    #[test]
    fn a_page_is_read_in_the_order_of_an_index() {
        let plan = plan(&world(&[]), PAGE);
        assert!(plan.contains("blocked_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
