//! The friend groups: names with which a user sorts its friends. The entry of a friend has the
//! names of its groups.

use std::collections::HashMap;

use rusqlite::{Connection, Result};
use tim_types::UserId;

use super::friends;

/// Creates a group. Returns false if it exists. The account must exist.
pub(crate) fn add(db: &Connection, owner: &UserId, name: &str) -> Result<bool> {
    let sql = "INSERT INTO friend_group (owner, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute([owner.as_str(), name])? > 0)
}

/// Removes a group, also from the entries of its members. Returns whether it existed.
pub(crate) fn remove(db: &Connection, owner: &UserId, name: &str) -> Result<bool> {
    let sql = "DELETE FROM friend_group WHERE owner = ?1 AND name = ?2";
    // The search for members reads the whole friend list, so it runs only if the group existed.
    if db.prepare_cached(sql)?.execute([owner.as_str(), name])? == 0 {
        return Ok(false);
    }
    for member in members(db, owner, name)? {
        if let Some(mut entry) = friends::get(db, owner, &member)? {
            entry.groups.retain(|group| group != name);
            friends::set(db, owner, &member, &entry)?;
        }
    }
    Ok(true)
}

/// Returns the names of the groups of a user, in the order of their creation.
pub(crate) fn list(db: &Connection, owner: &UserId) -> Result<Vec<String>> {
    db.prepare_cached("SELECT name FROM friend_group WHERE owner = ?1 ORDER BY position")?
        .query_map([owner.as_str()], |row| row.get(0))?
        .collect()
}

/// Returns the groups of a user in the order of their creation, each with its number of friends.
/// Reads the friend list once.
pub(crate) fn sizes(db: &Connection, owner: &UserId) -> Result<Vec<(String, u64)>> {
    let sizes: HashMap<String, u64> = db
        .prepare_cached(
            "SELECT value, COUNT(*) FROM friend, json_each(friend.group_names) WHERE owner = ?1 GROUP BY value",
        )?
        .query_map([owner.as_str()], |row| Ok((row.get(0)?, row.get(1).map(i64::unsigned_abs)?)))?
        .collect::<Result<_>>()?;
    let size = |name: String| {
        let size = sizes.get(&name).copied().unwrap_or_default();
        (name, size)
    };
    Ok(list(db, owner)?.into_iter().map(size).collect())
}

/// Returns how many groups were created and removed so far. The account must exist.
pub(crate) fn sequence(db: &Connection, owner: &UserId) -> Result<u64> {
    db.prepare_cached("SELECT group_sequence FROM account WHERE user = ?1")?
        .query_row([owner.as_str()], |row| row.get(0).map(i64::unsigned_abs))
}

/// Returns the friends in a group, in the order of the friend list.
pub(crate) fn members(db: &Connection, owner: &UserId, name: &str) -> Result<Vec<UserId>> {
    db.prepare_cached(
        "SELECT friend FROM friend
         WHERE owner = ?1 AND EXISTS (SELECT 1 FROM json_each(friend.group_names) WHERE value = ?2)
         ORDER BY added_at, friend",
    )?
    .query_map([owner.as_str(), name], |row| row.get::<_, String>(0).map(UserId::from))?
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::friends::FriendEntry;
    use crate::world::testing::world;

    #[test]
    fn groups_keep_the_order_of_their_creation() {
        let db = world(&["alice", "bob"]);
        let alice = "alice".into();
        for name in ["Work", "Chess", "School"] {
            assert!(add(&db, &alice, name).unwrap());
        }
        assert!(!add(&db, &alice, "Chess").unwrap());
        assert_eq!(list(&db, &alice).unwrap(), ["Work", "Chess", "School"]);
        assert_eq!(sequence(&db, &alice).unwrap(), 3);
        assert!(remove(&db, &alice, "Work").unwrap());
        assert!(!remove(&db, &alice, "Work").unwrap());
        assert!(add(&db, &alice, "Work").unwrap());
        assert_eq!(list(&db, &alice).unwrap(), ["Chess", "School", "Work"]);
        assert_eq!(sequence(&db, &alice).unwrap(), 5);
        assert_eq!((list(&db, &"bob".into()).unwrap(), sequence(&db, &"bob".into()).unwrap()), (vec![], 0));
    }

    #[test]
    fn a_removed_group_has_no_members() {
        let db = world(&["alice", "a", "b", "c"]);
        let alice: UserId = "alice".into();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (friend, groups, added_at) in
            [("b", names(&["Chess", "\"棋\"", "Work"]), 5), ("a", names(&["Chess"]), 5), ("c", names(&["Chess2"]), 3)]
        {
            for name in &groups {
                add(&db, &alice, name).unwrap();
            }
            friends::add(&db, &alice, &friend.into(), &FriendEntry { groups, added_at, ..FriendEntry::default() })
                .unwrap();
        }
        assert_eq!(members(&db, &alice, "Chess").unwrap(), ["a", "b"]);
        assert_eq!(members(&db, &alice, "\"棋\"").unwrap(), ["b"]);
        assert_eq!(members(&db, &"a".into(), "Chess").unwrap(), [""; 0]);
        add(&db, &alice, "Empty").unwrap();
        let sized = [("Chess", 2), ("\"棋\"", 1), ("Work", 1), ("Chess2", 1), ("Empty", 0)];
        assert_eq!(sizes(&db, &alice).unwrap(), sized.map(|(name, size)| (name.to_owned(), size)));

        let before = friends::size(&db, &alice).unwrap().sequence;
        assert!(remove(&db, &alice, "Chess").unwrap());
        assert_eq!(members(&db, &alice, "Chess").unwrap(), [""; 0]);
        let groups = |friend: &str| friends::get(&db, &alice, &friend.into()).unwrap().unwrap().groups;
        assert_eq!(["a", "b", "c"].map(groups), [names(&[]), names(&["\"棋\"", "Work"]), names(&["Chess2"])]);
        assert_eq!(friends::size(&db, &alice).unwrap().sequence, before + 2, "two entries changed");
    }
}
