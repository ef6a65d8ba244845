//! The users that have the most relations of each kind.

use rusqlite::{Connection, OptionalExtension as _, Result};
use tim_types::UserId;

/// The names of the relation limits, each with the query of the user with the most relations. Of
/// several users, the first by id is found.
pub(crate) const QUERIES: [(&str, &str); 7] = [
    ("following", "SELECT user, following FROM account ORDER BY following DESC, user LIMIT 1"),
    ("followers", "SELECT user, followers FROM account ORDER BY followers DESC, user LIMIT 1"),
    ("mutual", "SELECT user, mutual FROM account ORDER BY mutual DESC, user LIMIT 1"),
    ("friends", "SELECT user, friends FROM account ORDER BY friends DESC, user LIMIT 1"),
    ("groups", "SELECT owner, COUNT(*) AS count FROM friend_group GROUP BY owner ORDER BY count DESC, owner LIMIT 1"),
    (
        "pending",
        "SELECT to_user, COUNT(*) AS count FROM friend_request GROUP BY to_user ORDER BY count DESC, to_user LIMIT 1",
    ),
    ("blocked", "SELECT user, blocked FROM account ORDER BY blocked DESC, user LIMIT 1"),
];

/// Returns the user with the most relations, and their number; `None` if no user has any.
pub(crate) fn largest(db: &Connection, query: &str) -> Result<Option<(UserId, u64)>> {
    let found = db
        .prepare_cached(query)?
        .query_row([], |row| Ok((row.get::<_, String>(0)?.into(), row.get::<_, i64>(1)?.unsigned_abs())))
        .optional()?;
    Ok(found.filter(|(_, count)| *count > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::friends::{self, FriendEntry};
    use crate::world::requests::{self, FriendRequest};
    use crate::world::testing::world;
    use crate::world::{blocks, follows, groups};

    #[test]
    fn the_user_with_the_most_relations_is_found() {
        let db = world(&["a", "b", "c"]);
        let id = UserId::from;
        let found = || QUERIES.map(|(name, query)| (name, largest(&db, query).unwrap()));
        assert!(found().iter().all(|(_, found)| found.is_none()));
        for (from, to) in [("b", "a"), ("b", "c"), ("c", "b"), ("a", "c")] {
            follows::begin(&db, &id(from), &id(to), 1).unwrap();
        }
        for (owner, friend) in [("c", "a"), ("c", "b"), ("a", "b")] {
            friends::add(&db, &id(owner), &id(friend), &FriendEntry::default()).unwrap();
            blocks::add(&db, &id(friend), &id(owner), 1).unwrap();
        }
        for name in ["Work", "Chess"] {
            groups::add(&db, &id("b"), name).unwrap();
        }
        groups::add(&db, &id("c"), "Work").unwrap();
        requests::put(&db, &FriendRequest::new(id("b"), id("a"))).unwrap();
        let expected = [
            ("following", "b", 2),
            ("followers", "c", 2),
            ("mutual", "b", 1),
            ("friends", "c", 2),
            ("groups", "b", 2),
            ("pending", "a", 1),
            ("blocked", "b", 2),
        ];
        assert_eq!(found(), expected.map(|(name, user, count)| (name, Some((id(user), count)))));
    }
}
