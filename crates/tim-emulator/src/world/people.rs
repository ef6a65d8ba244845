//! A user with its counters and neighbours, for the console.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use serde::Serialize;
use serde_json::Value;
use tim_types::{ProfileTag, UserId};

use super::requests::{self, FriendRequest};
use super::{follows, groups, logins, profiles, seconds};

/// A user with the counters of its relations.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UserSummary {
    pub(crate) user: UserId,
    /// The nickname in the profile.
    nick: Option<String>,
    /// Whether any platform is online.
    online: bool,
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
    /// Unix seconds of the latest kick.
    kicked_at: Option<i64>,
    /// The friend groups in the order of their creation.
    groups: Vec<Group>,
    /// The oldest friend requests to the user that are pending.
    friend_requests: Vec<ReceivedRequest>,
    /// The oldest friend requests of the user that are pending.
    requests_sent: Vec<SentRequest>,
    neighbours: Vec<Neighbour>,
    /// The follows among the neighbours: pairs of follower and followed user.
    follows: Vec<(UserId, UserId)>,
}

/// The maximum number of friend requests of each kind.
const MAX_REQUESTS: u32 = 1000;

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    /// The number of friends in the group.
    friends: u64,
}

#[derive(Debug, Serialize)]
struct ReceivedRequest {
    from: UserId,
    wording: String,
    /// Unix seconds.
    at: i64,
}

#[derive(Debug, Serialize)]
struct SentRequest {
    to: UserId,
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

/// Returns a user at `now`, in unix seconds, with up to `limit` neighbours of each kind, the newest
/// first; `None` if the user has no account.
pub(crate) fn around(db: &Connection, user: &UserId, limit: u32, now: u64) -> Result<Option<Neighbourhood>> {
    let sql = format!("SELECT {SUMMARY}, kicked_at FROM account WHERE user = ?1");
    let found = db
        .prepare_cached(&sql)?
        .query_row([user.as_str()], |row| Ok((summary(db, row)?, row.get("kicked_at")?)))
        .optional()?;
    let Some((person, kicked_at)) = found else { return Ok(None) };
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
    let received = |FriendRequest { from, wording, requested_at: at, .. }| ReceivedRequest { from, wording, at };
    let sent = |FriendRequest { to, wording, requested_at: at, .. }| SentRequest { to, wording, at };
    let groups = groups::sizes(db, user)?.into_iter().map(|(name, friends)| Group { name, friends });
    Ok(Some(Neighbourhood {
        person,
        kicked_at,
        groups: groups.collect(),
        friend_requests: requests::list(db, user, MAX_REQUESTS)?.into_iter().map(received).collect(),
        requests_sent: requests::sent(db, user, MAX_REQUESTS)?.into_iter().map(sent).collect(),
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

/// The columns of a [`UserSummary`].
pub(super) const SUMMARY: &str = "account.user, followers, following, mutual, friends, blocked";

/// Reads a user from the [columns](SUMMARY) at the start of a row, with its nickname and its online
/// status.
pub(super) fn summary(db: &Connection, row: &Row<'_>) -> Result<UserSummary> {
    let count = |column| row.get(column).map(i64::unsigned_abs);
    let user = user_in(row)?;
    Ok(UserSummary {
        nick: profiles::text(db, &user, &ProfileTag::NICK)?,
        online: logins::is_online(db, &user)?,
        user,
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
