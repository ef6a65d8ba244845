//! The friend requests that their targets have not accepted or rejected yet.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use tim_types::UserId;

/// A request of `from` to add `to` as a friend. A text that was never set is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FriendRequest {
    pub(crate) from: UserId,
    pub(crate) to: UserId,
    pub(crate) source: String,
    pub(crate) remark: String,
    pub(crate) wording: String,
    /// The friend group of `from` for the friend.
    pub(crate) group: String,
    /// Whether `to` also gets `from` as a friend.
    pub(crate) both_ways: bool,
    /// Unix seconds.
    pub(crate) requested_at: i64,
}

impl FriendRequest {
    /// Creates a request of the second 0 for both sides, without texts.
    #[cfg(test)]
    pub(crate) fn new(from: UserId, to: UserId) -> Self {
        let [source, remark, wording, group] = [const { String::new() }; 4];
        Self { from, to, source, remark, wording, group, both_ways: true, requested_at: 0 }
    }

    /// Reads a request from all [columns](COLUMNS) of a row.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            to: row.get::<_, String>(0)?.into(),
            from: row.get::<_, String>(1)?.into(),
            source: row.get(2)?,
            remark: row.get(3)?,
            wording: row.get(4)?,
            group: row.get(5)?,
            both_ways: row.get(6)?,
            requested_at: row.get(7)?,
        })
    }

    /// Executes a statement with the [columns](COLUMNS) of this request as parameters.
    pub(super) fn execute(&self, db: &Connection, sql: &str) -> Result<()> {
        db.prepare_cached(sql)?.execute(params![
            self.to.as_str(),
            self.from.as_str(),
            self.source,
            self.remark,
            self.wording,
            self.group,
            self.both_ways,
            self.requested_at
        ])?;
        Ok(())
    }
}

/// The columns of a request.
pub(super) const COLUMNS: &str = "to_user, from_user, source, remark, wording, group_name, both_ways, requested_at";

/// Stores a request. Replaces an earlier request of the same users. Both accounts must exist.
pub(crate) fn put(db: &Connection, request: &FriendRequest) -> Result<()> {
    let sql = format!("INSERT OR REPLACE INTO friend_request ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    request.execute(db, &sql)
}

/// Returns the request of `from` to `to`.
pub(crate) fn get(db: &Connection, from: &UserId, to: &UserId) -> Result<Option<FriendRequest>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM friend_request WHERE to_user = ?1 AND from_user = ?2"))?
        .query_row([to.as_str(), from.as_str()], FriendRequest::from_row)
        .optional()
}

/// Removes the request of `from` to `to`. Returns whether it existed.
pub(crate) fn remove(db: &Connection, from: &UserId, to: &UserId) -> Result<bool> {
    let sql = "DELETE FROM friend_request WHERE to_user = ?1 AND from_user = ?2";
    Ok(db.prepare_cached(sql)?.execute([to.as_str(), from.as_str()])? > 0)
}

/// Returns the number of requests to a user.
pub(crate) fn count(db: &Connection, to: &UserId) -> Result<u64> {
    db.prepare_cached("SELECT COUNT(*) FROM friend_request WHERE to_user = ?1")?
        .query_row([to.as_str()], |row| row.get(0).map(i64::unsigned_abs))
}

/// Returns the oldest requests to a user, at most `limit`. Requests of the same second are sorted
/// by the other user.
pub(crate) fn list(db: &Connection, to: &UserId, limit: u32) -> Result<Vec<FriendRequest>> {
    oldest(db, "to_user", "from_user", to, limit)
}

/// Returns the oldest requests of a user, at most `limit`. Requests of the same second are sorted
/// by the other user.
pub(crate) fn sent(db: &Connection, from: &UserId, limit: u32) -> Result<Vec<FriendRequest>> {
    oldest(db, "from_user", "to_user", from, limit)
}

fn oldest(db: &Connection, column: &str, other: &str, user: &UserId, limit: u32) -> Result<Vec<FriendRequest>> {
    let sql =
        format!("SELECT {COLUMNS} FROM friend_request WHERE {column} = ?1 ORDER BY requested_at, {other} LIMIT ?2");
    db.prepare_cached(&sql)?.query_map(params![user.as_str(), limit], FriendRequest::from_row)?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{plan, world};

    fn request(from: &str, requested_at: i64) -> FriendRequest {
        FriendRequest { requested_at, ..FriendRequest::new(from.into(), "alice".into()) }
    }

    #[test]
    fn a_later_request_replaces_an_earlier_one() {
        let db = world(&["alice", "bob"]);
        let (alice, bob): (UserId, UserId) = ("alice".into(), "bob".into());
        put(&db, &request("bob", 5)).unwrap();
        let later = FriendRequest {
            source: "s".into(),
            remark: "r".into(),
            wording: "w".into(),
            group: "g".into(),
            both_ways: false,
            ..request("bob", 7)
        };
        put(&db, &later).unwrap();
        assert_eq!(get(&db, &bob, &alice).unwrap(), Some(later));
        assert_eq!(get(&db, &alice, &bob).unwrap(), None, "the other direction");
        assert!(!remove(&db, &alice, &bob).unwrap());
        assert!(remove(&db, &bob, &alice).unwrap());
        assert_eq!(get(&db, &bob, &alice).unwrap(), None);
    }

    #[test]
    fn the_oldest_request_comes_first() {
        let db = world(&["alice", "a", "b", "c"]);
        let expected = [request("c", 3), request("a", 5), request("b", 5)];
        for request in expected.iter().rev() {
            put(&db, request).unwrap();
        }
        let alice = "alice".into();
        assert_eq!((list(&db, &alice, 100).unwrap(), count(&db, &alice).unwrap()), (expected.to_vec(), 3));
        assert_eq!((list(&db, &"a".into(), 100).unwrap(), count(&db, &"a".into()).unwrap()), (vec![], 0));
    }

    #[test]
    fn the_oldest_sent_requests_are_listed() {
        let db = world(&["alice", "a", "b", "c"]);
        let to =
            |to: &str, requested_at| FriendRequest { requested_at, ..FriendRequest::new("alice".into(), to.into()) };
        let expected = [to("c", 3), to("a", 5), to("b", 5)];
        for request in expected.iter().rev() {
            put(&db, request).unwrap();
        }
        put(&db, &request("b", 1)).unwrap();
        assert_eq!(sent(&db, &"alice".into(), 100).unwrap(), expected);
        assert_eq!(sent(&db, &"alice".into(), 2).unwrap(), expected[..2]);
    }

    #[test]
    fn the_requests_of_a_user_are_found_by_an_index() {
        let plan = plan(&world(&[]), "DELETE FROM friend_request WHERE from_user = ?1");
        assert!(plan.contains("friend_request_from"), "{plan}");
    }
}
