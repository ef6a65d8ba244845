//! The complete lists of the relations of a user, in pages, for the console.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, Result, params};
use serde::Serialize;
use tim_types::{ProfileTag, UserId};

use super::{accounts, friends, profiles};

/// A list of users that have a relation with its owner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RelationList {
    pub(crate) name: &'static str,
    table: &'static str,
    /// The columns of the owner, of the other user, and of the time.
    owner: &'static str,
    user: &'static str,
    at: &'static str,
    /// The column that distinguishes entries of the same second. Unlike an offset, the time and
    /// this value do not move when entries are added or removed.
    tie: &'static str,
    /// The condition of the rows in the list.
    only: &'static str,
    /// Whether the other user has the same relation with the owner; NULL if it is not shown.
    mutual: &'static str,
    /// The number of entries, for the owner `?1`.
    total: &'static str,
}

impl RelationList {
    const FOLLOWERS: Self = Self {
        name: "followers",
        table: "follow",
        owner: "to_user",
        user: "from_user",
        at: "followed_at",
        tie: "sequence",
        only: "1",
        mutual: "mutual",
        total: "SELECT followers FROM account WHERE user = ?1",
    };
    const FOLLOWING: Self = Self {
        name: "following",
        owner: "from_user",
        user: "to_user",
        total: "SELECT following FROM account WHERE user = ?1",
        ..Self::FOLLOWERS
    };
    const MUTUAL: Self = Self {
        name: "mutual",
        only: "mutual = 1",
        total: "SELECT mutual FROM account WHERE user = ?1",
        ..Self::FOLLOWING
    };
    const FRIENDS: Self = Self {
        name: "friends",
        table: "friend",
        owner: "owner",
        user: "friend",
        at: "added_at",
        tie: "friend",
        only: "1",
        mutual: "EXISTS (SELECT 1 FROM friend AS back WHERE back.owner = friend.friend AND back.friend = friend.owner)",
        total: "SELECT friends FROM account WHERE user = ?1",
    };
    const BLOCKED: Self = Self {
        name: "blocked",
        table: "blocked",
        owner: "owner",
        user: "user",
        at: "blocked_at",
        tie: "user",
        only: "1",
        mutual: "NULL",
        total: "SELECT blocked FROM account WHERE user = ?1",
    };
    const BLOCKED_BY: Self = Self {
        name: "blocked_by",
        owner: "user",
        user: "owner",
        tie: "owner",
        total: "SELECT COUNT(*) FROM blocked WHERE user = ?1",
        ..Self::BLOCKED
    };

    pub(crate) const ALL: [&'static Self; 6] =
        [&Self::FOLLOWERS, &Self::FOLLOWING, &Self::MUTUAL, &Self::FRIENDS, &Self::BLOCKED, &Self::BLOCKED_BY];

    /// The query of a page: the entries after a position, newest first.
    fn page_sql(&self) -> String {
        let Self { table, owner, user, at, tie, only, mutual, .. } = self;
        format!(
            "SELECT {user}, {at}, {tie}, {mutual} FROM {table}
             WHERE {owner} = ?1 AND {only} AND ({at}, {tie}) < (?2, ?3)
             ORDER BY {at} DESC, {tie} DESC LIMIT ?4"
        )
    }
}

/// A position in a list: the time and the distinguishing value of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Position {
    at: i64,
    tie: Value,
}

impl Position {
    /// The position before the newest entry. SQLite sorts a blob after each number and each text.
    pub(crate) const START: Self = Self { at: i64::MAX, tie: Value::Blob(Vec::new()) };

    /// The cursor of this position, such as `followers.1702262118.42`.
    pub(crate) fn to_cursor(&self, list: &RelationList) -> String {
        let Self { at, tie } = self;
        match tie {
            Value::Integer(tie) => format!("{}.{at}.{tie}", list.name),
            Value::Text(tie) => format!("{}.{at}.{tie}", list.name),
            Value::Blob(_) | Value::Null | Value::Real(_) => String::new(),
        }
    }

    /// Decodes a cursor of this list.
    pub(crate) fn from_cursor(list: &RelationList, cursor: &str) -> Option<Self> {
        let (name, position) = cursor.split_once('.')?;
        let (at, tie) = position.split_once('.')?;
        let tie = if list.table == "follow" { Value::Integer(tie.parse().ok()?) } else { Value::Text(tie.to_owned()) };
        (name == list.name).then_some(Self { at: at.parse().ok()?, tie })
    }
}

/// A part of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// The entries, each with its position.
    pub(crate) entries: Vec<(Entry, Position)>,
    /// The number of entries in the whole list.
    pub(crate) total: u64,
}

/// A user in a list.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Entry {
    user: UserId,
    /// The nickname in the profile.
    nick: Option<String>,
    /// The time of the follow, friendship or block, in unix seconds.
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutual: Option<bool>,
    #[serde(flatten)]
    friend: Option<FriendDetails>,
}

/// The other fields of an entry in a friend list.
#[derive(Debug, PartialEq, Serialize)]
struct FriendDetails {
    remark: String,
    source: String,
    wording: String,
    groups: Vec<String>,
    custom: BTreeMap<String, serde_json::Value>,
}

impl Entry {
    /// Whether the id or the nickname contains `text`, which is in lower case. ASCII letters match
    /// in both cases.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let contains = |field: &str| field.to_ascii_lowercase().contains(text);
        contains(self.user.as_str()) || self.nick.as_deref().is_some_and(contains)
    }
}

/// Returns up to `limit` entries of a list after a position, newest first. Returns `None` if the
/// owner has no account.
pub(crate) fn page(
    db: &Connection,
    list: &RelationList,
    owner: &UserId,
    after: &Position,
    limit: u32,
) -> Result<Option<Page>> {
    if !accounts::exists(db, owner)? {
        return Ok(None);
    }
    let total = db.prepare_cached(list.total)?.query_row([owner.as_str()], |row| row.get::<_, i64>(0))?;
    let mut query = db.prepare_cached(&list.page_sql())?;
    let rows = query.query_map(params![owner.as_str(), after.at, after.tie, limit], |row| {
        let user = UserId::from(row.get::<_, String>(0)?);
        let position = Position { at: row.get(1)?, tie: row.get(2)? };
        let friend = if list.table == "friend" { details(db, owner, &user)? } else { None };
        let nick = profiles::text(db, &user, &ProfileTag::NICK)?;
        Ok((Entry { user, nick, at: position.at, mutual: row.get(3)?, friend }, position))
    })?;
    Ok(Some(Page { entries: rows.collect::<Result<_>>()?, total: total.unsigned_abs() }))
}

fn details(db: &Connection, owner: &UserId, friend: &UserId) -> Result<Option<FriendDetails>> {
    let entry = friends::get(db, owner, friend)?;
    Ok(entry.map(|friends::FriendEntry { remark, source, wording, groups, custom, .. }| FriendDetails {
        remark,
        source,
        wording,
        groups,
        custom,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::friends::FriendEntry;
    use crate::world::testing::{plan, world};
    use crate::world::{blocks, follows};

    /// Relations of alice with six users. Two entries of each list have the same second.
    fn related() -> Connection {
        let names = ["a", "b.1", "c", "d", "e", "f"];
        let db = world(&[&["alice"], &names[..]].concat());
        let alice = UserId::from("alice");
        for (name, at) in names.into_iter().zip([5, -7, 5, 9, 1, 3]) {
            let other = UserId::from(name);
            follows::begin(&db, &alice, &other, at).unwrap();
            follows::begin(&db, &other, &alice, at).unwrap();
            friends::add(&db, &alice, &other, &FriendEntry { added_at: at, ..FriendEntry::default() }).unwrap();
            blocks::add(&db, &alice, &other, at).unwrap();
            blocks::add(&db, &other, &alice, at).unwrap();
        }
        db
    }

    /// Reads a list in pages of this size. Calls `between` after each page.
    fn paged(db: &Connection, list: &RelationList, limit: u32, between: impl Fn()) -> String {
        let (mut read, mut position) = (String::new(), Position::START);
        loop {
            let page = page(db, list, &"alice".into(), &position, limit).unwrap().unwrap();
            let Some((_, last)) = page.entries.last() else { return read };
            position = Position::from_cursor(list, &last.to_cursor(list)).unwrap();
            assert_eq!(&position, last);
            read.extend(page.entries.iter().map(|(entry, _)| entry.user.as_str()));
            between();
        }
    }

    #[test]
    fn every_list_is_read_in_pages_newest_first() {
        let db = related();
        for list in RelationList::ALL {
            for limit in [1, 2, 4, 100] {
                assert_eq!(paged(&db, list, limit, || {}), "dcafeb.1", "{} {limit}", list.name);
            }
            assert_eq!(page(&db, list, &"alice".into(), &Position::START, 1).unwrap().unwrap().total, 6);
            assert!(page(&db, list, &"nobody".into(), &Position::START, 1).unwrap().is_none());
            assert_eq!(
                page(&db, list, &"a".into(), &Position::START, 9).unwrap().unwrap().entries.len(),
                match list.name {
                    "friends" => 0,
                    _ => 1,
                }
            );
        }
    }

    #[test]
    fn a_list_that_changes_meanwhile_has_each_other_entry_once() {
        for list in RelationList::ALL {
            let db = related();
            let (alice, f) = (UserId::from("alice"), UserId::from("f"));
            // The entry of f is not read yet, or is not the last one.
            let change = || {
                follows::end(&db, &alice, &f).unwrap();
                follows::end(&db, &f, &alice).unwrap();
                friends::remove(&db, &alice, &f).unwrap();
                blocks::remove(&db, &alice, &f).unwrap();
                blocks::remove(&db, &f, &alice).unwrap();
            };
            assert_eq!(paged(&db, list, 2, change), "dcaeb.1", "{}", list.name);
        }
    }

    #[test]
    fn an_entry_has_what_the_owner_stored() {
        let db = world(&["alice", "bob"]);
        let (alice, bob) = (UserId::from("alice"), UserId::from("bob"));
        let entry = FriendEntry {
            remark: "r".into(),
            groups: vec!["Work".into()],
            custom: crate::world::testing::custom(3),
            added_at: 7,
            ..FriendEntry::default()
        };
        friends::add(&db, &alice, &bob, &entry).unwrap();
        follows::begin(&db, &bob, &alice, 5).unwrap();
        profiles::set(&db, &bob, &[tim_types::ProfileItem::nick("Bobby")]).unwrap();
        let read = |list: &RelationList| {
            let page = page(&db, list, &alice, &Position::START, 9).unwrap().unwrap();
            serde_json::to_value(page.entries.into_iter().map(|(entry, _)| entry).collect::<Vec<_>>()).unwrap()
        };
        let bob_with = |more: serde_json::Value| {
            let mut expected = serde_json::json!([{ "user": "bob", "nick": "Bobby" }]);
            expected[0].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            expected
        };
        let friend = serde_json::json!({
            "at": 7, "mutual": false, "remark": "r", "source": "", "wording": "", "groups": ["Work"],
            "custom": { "Tag_SNS_Custom_Level": 3 },
        });
        assert_eq!(read(&RelationList::FRIENDS), bob_with(friend));
        assert_eq!(read(&RelationList::FOLLOWERS), bob_with(serde_json::json!({ "at": 5, "mutual": false })));
        friends::add(&db, &bob, &alice, &FriendEntry::default()).unwrap();
        blocks::add(&db, &bob, &alice, 6).unwrap();
        assert_eq!(read(&RelationList::FRIENDS)[0]["mutual"], true);
        assert_eq!(read(&RelationList::BLOCKED_BY), bob_with(serde_json::json!({ "at": 6 })));
    }

    #[test]
    fn a_cursor_is_valid_only_for_its_list() {
        let decode = |list, cursor| Position::from_cursor(list, cursor).is_some();
        assert!(decode(&RelationList::FOLLOWERS, "followers.-5.7") && decode(&RelationList::FRIENDS, "friends.5."));
        for cursor in ["", "followers", "followers.5", "followers.5.x", "followers.x.5", "following.5.5"] {
            assert!(!decode(&RelationList::FOLLOWERS, cursor), "{cursor}");
        }
    }

    #[test]
    fn a_page_starts_at_its_position_in_an_index() {
        let db = world(&[]);
        for list in RelationList::ALL {
            let plan = plan(&db, &list.page_sql());
            assert!(plan.starts_with("SEARCH "), "{}: {plan}", list.name);
            // Blocks of the same second are sorted: the index has the order of black_list_get.
            let (starts, sorts) =
                (plan.contains(&format!("({},{})<", list.at, list.tie)), plan.contains("TEMP B-TREE"));
            assert_eq!(starts, list.name != "blocked", "{}: {plan}", list.name);
            assert_eq!(sorts, list.name == "blocked", "{}: {plan}", list.name);
        }
    }
}
