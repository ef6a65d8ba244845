//! Lists users with their counters, shows a user with its neighbours, sets its online status,
//! and responds to its friend requests.

use axum::extract::State as Extract;
use serde::Deserialize;
use serde_json::json;
use tim_types::UserId;
use tim_types::status::Status;

use super::request::{JsonBody, Name, Query, TwoNames};
use super::state::blocking;
use super::{AdminError, App, Json, Reply};
use crate::friend_response::FriendResponse;
use crate::state::State;
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
    let now = server.clock.now().unix();
    let found = server.database.read(move |db| people::around(db, &user, limit, now)).await?;
    let found = found.map_err(AdminError::failed)?;
    let missing = || AdminError::not_found(format!("{name:?} has no account"));
    found.ok_or_else(missing).and_then(Json::of)
}

/// The status of a user on one platform.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlatformStatus {
    platform: String,
    status: Status,
}

pub(super) async fn set_status(
    Extract(server): App,
    Name(name): Name,
    JsonBody(PlatformStatus { platform, status }): JsonBody<PlatformStatus>,
) -> Reply {
    blocking(server, move |server| State(server).set_status(&name, &platform, status)).await?;
    Ok(Json::done())
}

/// What a user does with a friend request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    action: FriendResponse,
}

pub(super) async fn respond(
    Extract(server): App,
    TwoNames(user, from): TwoNames,
    JsonBody(Action { action }): JsonBody<Action>,
) -> Reply {
    blocking(server, move |server| State(server).respond_to_friend_request(&user, &from, action)).await?;
    Ok(Json::done())
}

fn within<N: PartialOrd + From<u8> + std::fmt::Display>(limit: N, max: N) -> Result<N, AdminError> {
    if limit >= N::from(1) && limit <= max {
        Ok(limit)
    } else {
        Err(AdminError::invalid(format!("limit is out of range: it must be 1 to {max}")))
    }
}
