//! The friend lists.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use serde_json::Value;
use tim_types::UserId;
use tim_types::webhook::UserPair;

use super::json::Json;

/// An entry of a friend list. A text that was never set is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FriendEntry {
    pub(crate) source: String,
    pub(crate) remark: String,
    pub(crate) wording: String,
    /// The names of the groups of the owner that contain the friend, in the order in which the
    /// friend was added to them. Each group must exist; see [`groups`](super::groups).
    pub(crate) groups: Vec<String>,
    /// The custom fields by tag. A value is a string or a number.
    pub(crate) custom: BTreeMap<String, Value>,
    /// Unix seconds.
    pub(crate) added_at: i64,
}

impl FriendEntry {
    /// Reads an entry from the [columns](COLUMNS) of a row that start at the position `first`.
    pub(super) fn from_row(row: &Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            source: row.get(first)?,
            remark: row.get(first + 1)?,
            wording: row.get(first + 2)?,
            groups: row.get::<_, Json<_>>(first + 3)?.0,
            custom: row.get::<_, Json<_>>(first + 4)?.0,
            added_at: row.get(first + 5)?,
        })
    }

    /// Executes a statement with the parameters owner, friend and the [columns](COLUMNS) of this
    /// entry. Returns the number of changed rows.
    pub(super) fn execute(&self, db: &Connection, sql: &str, owner: &UserId, friend: &UserId) -> Result<usize> {
        db.prepare_cached(sql)?.execute(params![
            owner.as_str(),
            friend.as_str(),
            self.source,
            self.remark,
            self.wording,
            Json(&self.groups),
            Json(&self.custom),
            self.added_at
        ])
    }
}

/// The columns of an entry.
pub(super) const COLUMNS: &str = "source, remark, wording, group_names, custom, added_at";

/// The length of a friend list, and the numbers of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FriendListSize {
    pub(crate) count: u64,
    /// The number of changes of anything but custom fields.
    pub(crate) sequence: u64,
    /// The number of changes of custom fields.
    pub(crate) custom_sequence: u64,
}

pub(crate) fn has(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM friend WHERE owner = ?1 AND friend = ?2")?
        .exists([owner.as_str(), friend.as_str()])
}

/// Returns the entry of `friend` in the friend list of `owner`; `None` if the list does not contain
/// the friend.
pub(crate) fn get(db: &Connection, owner: &UserId, friend: &UserId) -> Result<Option<FriendEntry>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM friend WHERE owner = ?1 AND friend = ?2"))?
        .query_row([owner.as_str(), friend.as_str()], |row| FriendEntry::from_row(row, 0))
        .optional()
}

/// Adds a friend. Returns whether the list changed. An existing entry stays unchanged.
pub(crate) fn add(db: &Connection, owner: &UserId, friend: &UserId, entry: &FriendEntry) -> Result<bool> {
    let sql = format!("{INSERT} ON CONFLICT DO NOTHING");
    Ok(entry.execute(db, &sql, owner, friend)? > 0)
}

/// Adds a friend, or replaces the whole existing entry.
pub(crate) fn set(db: &Connection, owner: &UserId, friend: &UserId, entry: &FriendEntry) -> Result<()> {
    let sql = format!("{INSERT} ON CONFLICT DO UPDATE SET ({COLUMNS}) = (?3, ?4, ?5, ?6, ?7, ?8)");
    entry.execute(db, &sql, owner, friend).map(drop)
}

const INSERT: &str = "INSERT INTO friend (owner, friend, source, remark, wording, group_names, custom, added_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Removes a friend. Returns whether the list changed.
pub(crate) fn remove(db: &Connection, owner: &UserId, friend: &UserId) -> Result<bool> {
    let removed = db
        .prepare_cached("DELETE FROM friend WHERE owner = ?1 AND friend = ?2")?
        .execute([owner.as_str(), friend.as_str()])?;
    Ok(removed > 0)
}

/// Removes all friends of a list. With `both`, also removes its owner from the lists of all other
/// users. Returns the removed entries, sorted, the list of the owner first.
pub(crate) fn remove_all(db: &Connection, owner: &UserId, both: bool) -> Result<Vec<UserPair>> {
    let remove = |condition: &str| -> Result<Vec<UserPair>> {
        let mut pairs: Vec<UserPair> = db
            .prepare_cached(&format!("DELETE FROM friend WHERE {condition} RETURNING owner, friend"))?
            .query_map([owner.as_str()], |row| Ok(UserPair::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
            .collect::<Result<_>>()?;
        // The order of RETURNING is not defined.
        pairs.sort_unstable_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        Ok(pairs)
    };
    let mut pairs = remove("owner = ?1")?;
    if both {
        pairs.append(&mut remove("friend = ?1")?);
    }
    Ok(pairs)
}

/// Returns the length of the list of a user, and the numbers of its changes. The account must
/// exist.
pub(crate) fn size(db: &Connection, owner: &UserId) -> Result<FriendListSize> {
    db.prepare_cached("SELECT friends, friend_sequence, custom_sequence FROM account WHERE user = ?1")?.query_row(
        [owner.as_str()],
        |row| {
            let number = |column| row.get(column).map(i64::unsigned_abs);
            Ok(FriendListSize { count: number(0)?, sequence: number(1)?, custom_sequence: number(2)? })
        },
    )
}

/// Returns the query of a page.
fn page_query() -> String {
    format!("SELECT friend, {COLUMNS} FROM friend WHERE owner = ?1 ORDER BY added_at, friend LIMIT ?2 OFFSET ?3")
}

/// Returns up to `limit` friends from the offset `start`. The friend that was added first comes
/// first. Friends of the same second are sorted by user id.
pub(crate) fn page(db: &Connection, owner: &UserId, start: u32, limit: u32) -> Result<Vec<(UserId, FriendEntry)>> {
    db.prepare_cached(&page_query())?
        .query_map(params![owner.as_str(), limit, start], |row| {
            Ok((row.get::<_, String>(0)?.into(), FriendEntry::from_row(row, 1)?))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{custom, plan, world};

    fn entry() -> FriendEntry {
        FriendEntry {
            source: "AddSource_Type_Web".into(),
            remark: "r".into(),
            wording: "hi".into(),
            groups: vec!["Work".into(), "\"棋\"".into()],
            custom: custom(1),
            added_at: 7,
        }
    }

    fn ids() -> (Connection, UserId, UserId) {
        (world(&["alice", "bob", "carol"]), "alice".into(), "bob".into())
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let (db, alice, bob) = ids();
        assert_eq!(get(&db, &alice, &bob).unwrap(), None);
        assert!(add(&db, &alice, &bob, &entry()).unwrap());
        assert!(!add(&db, &alice, &bob, &FriendEntry::default()).unwrap());
        assert_eq!(get(&db, &alice, &bob).unwrap(), Some(entry()));
        set(&db, &alice, &bob, &FriendEntry::default()).unwrap();
        assert_eq!(get(&db, &alice, &bob).unwrap(), Some(FriendEntry::default()));
        set(&db, &alice, &"carol".into(), &entry()).unwrap();
        assert_eq!(get(&db, &alice, &"carol".into()).unwrap(), Some(entry()));
        assert!(!has(&db, &bob, &alice).unwrap());
    }

    #[test]
    fn each_change_counts_in_the_sequence_of_its_data() {
        let (db, alice, bob) = ids();
        let size = || {
            let size = size(&db, &alice).unwrap();
            (size.count, size.sequence, size.custom_sequence)
        };
        set(&db, &alice, &bob, &FriendEntry::default()).unwrap();
        assert_eq!(size(), (1, 1, 0), "an entry without custom fields");
        let mut changed = FriendEntry::default();
        let mut set_changed = |change: &dyn Fn(&mut FriendEntry)| {
            change(&mut changed);
            set(&db, &alice, &bob, &changed).unwrap();
            size()
        };
        assert_eq!(set_changed(&|_| {}), (1, 1, 0), "an update without a change");
        assert_eq!(set_changed(&|entry| entry.source = "s".into()), (1, 2, 0));
        assert_eq!(set_changed(&|entry| entry.remark = "r".into()), (1, 3, 0));
        assert_eq!(set_changed(&|entry| entry.wording = "w".into()), (1, 4, 0));
        assert_eq!(set_changed(&|entry| entry.groups = vec!["Work".into()]), (1, 5, 0));
        assert_eq!(set_changed(&|entry| entry.added_at = 9), (1, 6, 0));
        assert_eq!(set_changed(&|entry| entry.custom = custom(1)), (1, 6, 1));
        assert_eq!(set_changed(&|entry| entry.custom = custom(2)), (1, 6, 2));
        assert_eq!(set_changed(&|_| {}), (1, 6, 2));
        assert!(remove(&db, &alice, &bob).unwrap());
        assert_eq!(size(), (0, 7, 3));
        assert!(!remove(&db, &alice, &bob).unwrap());
        add(&db, &alice, &bob, &entry()).unwrap();
        add(&db, &alice, &bob, &FriendEntry::default()).unwrap();
        assert_eq!(size(), (1, 8, 4));
        remove_all(&db, &alice, false).unwrap();
        assert_eq!(size(), (0, 9, 5));
    }

    #[test]
    fn the_first_friend_comes_first() {
        let db = world(&["alice", "a", "b", "c", "d"]);
        for (friend, added_at) in [("b", 5), ("a", 5), ("c", 3), ("d", 7)] {
            add(&db, &"alice".into(), &friend.into(), &FriendEntry { added_at, ..entry() }).unwrap();
        }
        let list = |start, limit| {
            let page = page(&db, &"alice".into(), start, limit).unwrap();
            page.into_iter().map(|(user, entry)| format!("{user}@{}", entry.added_at)).collect::<Vec<_>>()
        };
        assert_eq!(list(0, 3), ["c@3", "a@5", "b@5"]);
        assert_eq!(list(3, 3), ["d@7"]);
    }

    #[test]
    fn a_page_is_read_in_the_order_of_an_index() {
        let plan = plan(&world(&[]), &page_query());
        assert!(plan.contains("friend_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn all_friends_are_removed_on_one_side_or_both() {
        let (db, alice, bob) = ids();
        for (both, theirs) in [(false, true), (true, false)] {
            set(&db, &alice, &bob, &entry()).unwrap();
            set(&db, &bob, &alice, &entry()).unwrap();
            let removed = [UserPair::new("alice", "bob"), UserPair::new("bob", "alice")];
            assert_eq!(remove_all(&db, &alice, both).unwrap(), removed[..if both { 2 } else { 1 }]);
            assert_eq!((has(&db, &alice, &bob).unwrap(), has(&db, &bob, &alice).unwrap()), (false, theirs));
        }
        assert_eq!(remove_all(&db, &alice, true).unwrap(), []);
    }
}
