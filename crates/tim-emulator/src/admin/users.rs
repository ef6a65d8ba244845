//! Lists users with their counters, shows a user with its neighbours, sets its online status,
//! and responds to its friend requests.

use axum::extract::State as Extract;
use serde::Deserialize;
use serde_json::json;
use tim_types::UserId;
use tim_types::status::Status;

use super::request::{JsonBody, Name, NoQuery, Query, TwoNames};
use super::state::blocking;
use super::{AdminError, App, Json, Reply};
use crate::friend_response::FriendResponse;
use crate::state::State;
use crate::world::people;
use crate::world::user_list::{self, SortKey, UserQuery};

/// Responds with a page of users. `next` is the `after` of the next page, or null.
pub(super) async fn list(Extract(server): App, query: Query) -> Reply {
    query.only_keys(&["search", "prefix", "sort", "desc", "after", "limit"])?;
    let text = |key| query.text(key).unwrap_or_default().to_owned();
    let limit = query.limit(100, 1000)?;
    let wanted = UserQuery {
        search: query.search()?,
        prefix: text("prefix"),
        sort: sort_key(query.text("sort").unwrap_or(SortKey::USER.name))?,
        descending: query.flag("desc")?.unwrap_or(false),
        after: text("after"),
        // One user more than requested, to know whether there is a next page.
        limit: limit.saturating_add(1),
    };
    let after = wanted.after.clone();
    let found = server.database.read(move |db| user_list::page(db, &wanted)).await?.map_err(AdminError::failed)?;
    let gone = || AdminError::invalid(format!("after is {after:?}, which has no account: start again without after"));
    let mut users = found.ok_or_else(gone)?;
    let more = users.len() > limit as usize;
    users.truncate(limit as usize);
    let next = users.last().filter(|_| more).map(|last| last.user.clone());
    Json::of(json!({ "users": users, "next": next }))
}

fn sort_key(name: &str) -> Result<SortKey, AdminError> {
    let unknown = || {
        let names = SortKey::ALL.map(|key| key.name).join(", ");
        AdminError::invalid(format!("sort is {name:?}: it must be one of {names}"))
    };
    SortKey::ALL.into_iter().find(|key| key.name == name).ok_or_else(unknown)
}

/// Responds with one user and its newest neighbours: up to `limit` each of mutual, following and
/// follower.
pub(super) async fn show(Extract(server): App, Name(name): Name, query: Query) -> Reply {
    query.only_keys(&["limit"])?;
    let limit = query.limit(16, 50)?;
    let user = UserId::from(name.as_str());
    let now = server.clock.now().unix();
    let found = server.database.read(move |db| people::around(db, &user, limit, now)).await?;
    let found = found.map_err(AdminError::failed)?;
    found.ok_or_else(|| no_account(&name)).and_then(Json::of)
}

pub(super) fn no_account(user: &str) -> AdminError {
    AdminError::not_found(format!("{user:?} has no account"))
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
    _: NoQuery,
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
    _: NoQuery,
    JsonBody(Action { action }): JsonBody<Action>,
) -> Reply {
    blocking(server, move |server| State(server).respond_to_friend_request(&user, &from, action)).await?;
    Ok(Json::done())
}
