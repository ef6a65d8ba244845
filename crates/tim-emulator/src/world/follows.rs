//! Follows, their times, and their counters.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tim_types::follow::{Counters, ListKind};
use tim_types::{Cursor, UserId};

pub(crate) fn exists(db: &Connection, from: &UserId, to: &UserId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM follow WHERE from_user = ?1 AND to_user = ?2")?
        .exists([from.as_str(), to.as_str()])
}

/// Whether `from` follows `to`, and whether `to` follows `from`.
pub(crate) fn both_ways(db: &Connection, from: &UserId, to: &UserId) -> Result<(bool, bool)> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM follow WHERE from_user = ?1 AND to_user = ?2),
                EXISTS (SELECT 1 FROM follow WHERE from_user = ?2 AND to_user = ?1)",
    )?
    .query_row([from.as_str(), to.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds a follow that does not exist yet. Both accounts must exist.
pub(crate) fn begin(db: &Connection, from: &UserId, to: &UserId, now: i64) -> Result<()> {
    let sequence: i64 = db
        .prepare_cached("UPDATE latest_follow SET sequence = sequence + 1 RETURNING sequence")?
        .query_row([], |row| row.get(0))?;
    let mutual = exists(db, to, from)?;
    db.prepare_cached(
        "INSERT INTO follow (from_user, to_user, followed_at, sequence, mutual) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![from.as_str(), to.as_str(), now, sequence, mutual])?;
    Ok(())
}

/// Removes a follow. Returns whether it existed.
pub(crate) fn end(db: &Connection, from: &UserId, to: &UserId) -> Result<bool> {
    let ended = db
        .prepare_cached("DELETE FROM follow WHERE from_user = ?1 AND to_user = ?2")?
        .execute([from.as_str(), to.as_str()])?;
    Ok(ended > 0)
}

/// Returns the counters of one user; all are 0 if the account does not exist.
pub(crate) fn counts(db: &Connection, user: &UserId) -> Result<Counters> {
    let counts = db
        .prepare_cached("SELECT followers, following, mutual FROM account WHERE user = ?1")?
        .query_row([user.as_str()], |row| {
            let count = |column| row.get(column).map(i64::unsigned_abs);
            Ok(Counters { followers: count(0)?, following: count(1)?, mutual: count(2)? })
        })
        .optional()?;
    Ok(counts.unwrap_or_default())
}

/// A position in a list of follows: the time and the number of a follow. Unlike an offset, it does
/// not move when follows are added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) followed_at: i64,
    sequence: i64,
}

impl Position {
    /// The position before the newest follow.
    pub(crate) const START: Self = Self { followed_at: i64::MAX, sequence: i64::MAX };

    /// The cursor of this position in the list `kind` of `owner`, such as `1-1702262118-42-alice`.
    pub(crate) fn to_cursor(self, owner: &UserId, kind: ListKind) -> Cursor {
        Cursor::new(format!("{}-{}-{}-{owner}", kind.0, self.followed_at, self.sequence))
    }
}

/// A decoded cursor: a position and the list to which it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListPosition {
    pub(crate) owner: UserId,
    pub(crate) kind: ListKind,
    pub(crate) position: Position,
}

impl ListPosition {
    /// Decodes a cursor. Returns `None` for a text that no [`Position::to_cursor`] wrote.
    pub(crate) fn from_cursor(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.as_str().splitn(4, '-');
        let kind = ListKind(parts.next()?.parse().ok()?);
        let position = Position { followed_at: parts.next()?.parse().ok()?, sequence: parts.next()?.parse().ok()? };
        let owner = UserId::from(parts.next()?);
        // Each position has exactly one cursor. Other texts for the same numbers, such as "01", are
        // invalid.
        let canonical = is_list(kind) && position.to_cursor(&owner, kind) == *cursor;
        canonical.then_some(Self { owner, kind, position })
    }
}

/// Returns the query of a page: the follows after a position, newest first. `None` for an unknown
/// kind of list.
fn page_query(kind: ListKind) -> Option<String> {
    let (owner, user, only) = match kind {
        ListKind::FOLLOWERS => ("to_user", "from_user", ""),
        ListKind::FOLLOWING => ("from_user", "to_user", ""),
        ListKind::MUTUAL => ("from_user", "to_user", "AND mutual = 1"),
        _ => return None,
    };
    Some(format!(
        "SELECT {user}, followed_at, sequence FROM follow
         WHERE {owner} = ?1 {only} AND (followed_at, sequence) < (?2, ?3)
         ORDER BY followed_at DESC, sequence DESC LIMIT ?4"
    ))
}

/// Whether a list of this kind exists.
pub(crate) fn is_list(kind: ListKind) -> bool {
    page_query(kind).is_some()
}

/// Returns up to `limit` users of a list after `start`, newest first. A list that does not exist is
/// empty.
pub(crate) fn page(
    db: &Connection,
    owner: &UserId,
    kind: ListKind,
    start: Position,
    limit: u32,
) -> Result<Vec<(UserId, Position)>> {
    let Some(query) = page_query(kind) else { return Ok(Vec::new()) };
    db.prepare_cached(&query)?
        .query_map(params![owner.as_str(), start.followed_at, start.sequence, limit], |row| {
            let position = Position { followed_at: row.get(1)?, sequence: row.get(2)? };
            Ok((row.get::<_, String>(0)?.into(), position))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{plan, world};

    #[test]
    fn every_read_is_an_index_lookup() {
        let db = world(&[]);
        let plan = |sql: &str| plan(&db, sql);
        for (kind, index) in [
            (ListKind::FOLLOWERS, "follow_followers"),
            (ListKind::FOLLOWING, "follow_following"),
            (ListKind::MUTUAL, "follow_mutual"),
        ] {
            let plan = plan(&page_query(kind).unwrap());
            assert!(plan.starts_with("SEARCH follow USING") && plan.contains(index), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        assert!(plan("DELETE FROM follow WHERE to_user = ?1").contains("follow_followers"));
        assert!(plan("DELETE FROM friend WHERE friend = ?1").contains("friend_of"));
    }

    #[test]
    fn a_cursor_has_its_list_and_only_one_text() {
        let position = Position { followed_at: 1_702_262_118, sequence: 42 };
        for owner in ["alice", "a-b", "-", "关注"] {
            let cursor = position.to_cursor(&owner.into(), ListKind::MUTUAL);
            assert_eq!(cursor.as_str(), format!("3-1702262118-42-{owner}"));
            let decoded = ListPosition { owner: owner.into(), kind: ListKind::MUTUAL, position };
            assert_eq!(ListPosition::from_cursor(&cursor), Some(decoded));
        }
        for text in [
            "",
            "x",
            "1",
            "-",
            "1-2",
            "1-2-3",
            "0-1-2-a",
            "4-1-2-a",
            "+1-1-2-a",
            "01-1-2-a",
            " 1-1-2-a",
            "1-01-2-a",
            "1-1-+2-a",
            "1-1-99999999999999999999-a",
            "1--1-2-a",
            "\0",
        ] {
            assert_eq!(ListPosition::from_cursor(&Cursor::new(text)), None, "{text}");
        }
    }
}
