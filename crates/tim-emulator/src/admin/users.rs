//! Lists users with their counters, and shows a user with its neighbours.

use axum::extract::State as Extract;
use serde_json::json;
use tim_types::UserId;

use super::request::{Name, Query};
use super::{AdminError, App, Json, Reply};
use crate::world::people;

/// Responds with a page of users, sorted by id. `next` is the `after` of the next page, or null.
pub(super) async fn list(Extract(server): App, query: Query) -> Reply {
    const MAX: usize = 1000;
    query.only_keys(&["prefix", "after", "limit"])?;
    let text = |key| query.text(key).unwrap_or_default().to_owned();
    let (prefix, after) = (text("prefix"), text("after"));
    let limit = within(query.number("limit")?.unwrap_or(100), MAX)?;
    // Reads one user more than requested, to know whether there is a next page.
    let found = server.database.read(move |db| people::list(db, &prefix, &after, limit + 1)).await?;
    let mut users = found.map_err(AdminError::failed)?;
    let more = users.len() > limit;
    users.truncate(limit);
    let next = users.last().filter(|_| more).map(|last| last.user.clone());
    Json::of(json!({ "users": users, "next": next }))
}

/// Responds with one user and its newest neighbours: up to `limit` each of mutual, following and
/// follower.
pub(super) async fn show(Extract(server): App, Name(name): Name, query: Query) -> Reply {
    const MAX: u32 = 50;
    query.only_keys(&["limit"])?;
    let limit = within(query.number("limit")?.unwrap_or(16), MAX)?;
    let user = UserId::from(name.as_str());
    let found = server.database.read(move |db| people::around(db, &user, limit)).await?;
    let found = found.map_err(AdminError::failed)?;
    let missing = || AdminError::not_found(format!("{name:?} has no account"));
    found.ok_or_else(missing).and_then(Json::of)
}

fn within<N: PartialOrd + From<u8> + std::fmt::Display>(limit: N, max: N) -> Result<N, AdminError> {
    if limit >= N::from(1) && limit <= max {
        Ok(limit)
    } else {
        Err(AdminError::invalid(format!("limit is out of range: it must be 1 to {max}")))
    }
}
