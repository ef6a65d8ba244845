//! Who follows whom, since when, and how many.

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

/// Begins a follow that is not there yet. Both accounts must exist.
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

/// Ends a follow. Says whether there was one.
pub(crate) fn end(db: &Connection, from: &UserId, to: &UserId) -> Result<bool> {
    let ended = db
        .prepare_cached("DELETE FROM follow WHERE from_user = ?1 AND to_user = ?2")?
        .execute([from.as_str(), to.as_str()])?;
    Ok(ended > 0)
}

/// The numbers of one user, all 0 when there is no such account.
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

/// A place in a list. It is a value, not an offset: it stays where it is while follows come and go around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) followed_at: i64,
    sequence: i64,
}

impl Position {
    /// Before the newest follow.
    const START: Self = Self { followed_at: i64::MAX, sequence: i64::MAX };

    pub(crate) fn to_cursor(self) -> Cursor {
        Cursor::new(format!("{}-{}", self.followed_at, self.sequence))
    }

    /// `None` for a text that is no cursor of ours.
    pub(crate) fn from_cursor(cursor: &Cursor) -> Option<Self> {
        if *cursor == Cursor::START {
            return Some(Self::START);
        }
        let (followed_at, sequence) = cursor.as_str().split_once('-')?;
        let place = Self { followed_at: followed_at.parse().ok()?, sequence: sequence.parse().ok()? };
        (place.to_cursor() == *cursor).then_some(place)
    }
}

/// The query of each list: newest first, from a place on. `None` for a kind of list that does not exist.
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

/// Whether there is such a list.
pub(crate) fn is_list(kind: ListKind) -> bool {
    page_query(kind).is_some()
}

/// Up to `limit` users of a list behind `start`, newest first; none of a list that does not exist.
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
            let place = Position { followed_at: row.get(1)?, sequence: row.get(2)? };
            Ok((row.get::<_, String>(0)?.into(), place))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::store;

    #[test]
    fn every_read_is_an_index_lookup() {
        let db = store::in_memory().unwrap();
        let plan = |sql: &str| -> String {
            let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nothing = vec![0; explain.parameter_count()];
            let lines = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
            lines.collect::<Result<Vec<_>>>().unwrap().join("; ")
        };
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
    fn a_cursor_is_ours_or_none() {
        let place = Position { followed_at: 1_702_262_118, sequence: 42 };
        assert_eq!(Position::from_cursor(&place.to_cursor()), Some(place));
        assert_eq!(Position::from_cursor(&Cursor::START), Some(Position::START));
        for text in ["x", "1", "-", "1-", "-1", "1-2-3", "+1-2", "01-2", " 1-2", "1-99999999999999999999", "\0"] {
            assert_eq!(Position::from_cursor(&Cursor::new(text)), None, "{text}");
        }
    }
}
