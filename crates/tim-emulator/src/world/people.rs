//! Users with their counters and neighbours, for the console.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use serde::Serialize;
use serde_json::Value;
use tim_types::UserId;

use super::requests::{self, FriendRequest};
use super::{follows, logins, profiles, seconds};

/// A user with the counters of its relations.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UserSummary {
    pub(crate) user: UserId,
    followers: u64,
    following: u64,
    mutual: u64,
    friends: u64,
    blocked: u64,
}

/// A user with its neighbours: the users that follow it or that it follows.
#[derive(Debug, Serialize)]
pub(crate) struct Neighbourhood {
    #[serde(flatten)]
    person: UserSummary,
    /// The profile fields by tag.
    profile: BTreeMap<String, Value>,
    /// The status of each platform that is not offline.
    logins: BTreeMap<String, String>,
    /// The friend requests to the user that are pending, oldest first.
    friend_requests: Vec<PendingRequest>,
    neighbours: Vec<Neighbour>,
    /// The follows among the neighbours: pairs of follower and followed user.
    follows: Vec<(UserId, UserId)>,
}

#[derive(Debug, Serialize)]
struct PendingRequest {
    from: UserId,
    wording: String,
    /// Unix seconds.
    at: i64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Neighbour {
    user: UserId,
    /// `mutual`, `following` (one-way, from the user) or `follower` (one-way, to the user).
    relation: &'static str,
    /// The time of the follow in unix seconds. For `mutual`, the time when the user followed the
    /// neighbour.
    since: i64,
}

/// Returns up to `limit` users whose ids start with `prefix` and come after `after`, sorted by id.
pub(crate) fn list(db: &Connection, prefix: &str, after: &str, limit: usize) -> Result<Vec<UserSummary>> {
    let sql = format!("{PERSON} WHERE user >= ?1 AND user > ?2 ORDER BY user");
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map([prefix, after], person)?;
    // Reads row by row, and stops after the last wanted row.
    let fits = |row: &Result<UserSummary>| row.as_ref().map_or(true, |person| person.user.as_str().starts_with(prefix));
    rows.take_while(fits).take(limit).collect()
}

/// Returns a user at `now`, in unix seconds, with up to `limit` neighbours of each kind, the newest
/// first; `None` if the user has no account.
pub(crate) fn around(db: &Connection, user: &UserId, limit: u32, now: u64) -> Result<Option<Neighbourhood>> {
    let sql = format!("{PERSON} WHERE user = ?1");
    let Some(person) = db.prepare_cached(&sql)?.query_row([user.as_str()], person).optional()? else { return Ok(None) };
    let profile = profiles::get(db, user)?.unwrap_or_default().0;
    let mut neighbours = Vec::new();
    for (relation, other, owner, mutual) in [
        ("mutual", "to_user", "from_user", 1),
        ("following", "to_user", "from_user", 0),
        ("follower", "from_user", "to_user", 0),
    ] {
        let sql = format!(
            "SELECT {other}, followed_at FROM follow WHERE {owner} = ?1 AND mutual = {mutual}
             ORDER BY followed_at DESC, sequence DESC LIMIT ?2"
        );
        let neighbour = |row: &Row<'_>| Ok(Neighbour { user: user_in(row)?, relation, since: row.get(1)? });
        for found in db.prepare_cached(&sql)?.query_map(params![user.as_str(), limit], neighbour)? {
            neighbours.push(found?);
        }
    }
    let logins = logins::current(db, user, seconds(now))?;
    let pending = |FriendRequest { from, wording, requested_at: at, .. }| PendingRequest { from, wording, at };
    Ok(Some(Neighbourhood {
        person,
        friend_requests: requests::list(db, user)?.into_iter().map(pending).collect(),
        logins: logins.into_iter().map(|login| (login.platform, login.status)).collect(),
        profile: profile.into_iter().map(|field| (field.tag.as_str().to_owned(), field.value)).collect(),
        follows: follows_among(db, &neighbours)?,
        neighbours,
    }))
}

/// Returns the follows among these users. Needs an index lookup for each pair.
fn follows_among(db: &Connection, people: &[Neighbour]) -> Result<Vec<(UserId, UserId)>> {
    let mut follows = Vec::new();
    for from in people {
        for to in people {
            if follows::exists(db, &from.user, &to.user)? {
                follows.push((from.user.clone(), to.user.clone()));
            }
        }
    }
    Ok(follows)
}

const PERSON: &str = "SELECT user, followers, following, mutual, friends, blocked FROM account";

fn person(row: &Row<'_>) -> Result<UserSummary> {
    let count = |column| row.get(column).map(i64::unsigned_abs);
    Ok(UserSummary {
        user: user_in(row)?,
        followers: count(1)?,
        following: count(2)?,
        mutual: count(3)?,
        friends: count(4)?,
        blocked: count(5)?,
    })
}

fn user_in(row: &Row<'_>) -> Result<UserId> {
    row.get::<_, String>(0).map(UserId::from)
}
