//! Users with their numbers, and who is around one of them.

use serde_json::json;
use tim_types::UserId;

use super::request::Request;
use super::{AdminError, Reply};
use crate::lock::locked;
use crate::server::Server;

/// A page of them by id. `next` is the `after` of the next page, or null.
pub(super) fn list(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    const MAX: usize = 1000;
    request.only_keys(&["prefix", "after", "limit"])?;
    let (prefix, after) = (request.text("prefix").unwrap_or_default(), request.text("after").unwrap_or_default());
    let limit = within(request.number("limit")?.unwrap_or(100), MAX)?;
    // One more says whether there is a next page.
    let mut users = locked(&server.world).people(prefix, after, limit + 1).map_err(AdminError::failed)?;
    let more = users.len() > limit;
    users.truncate(limit);
    let next = users.last().filter(|_| more).map(|last| last.user.clone());
    Reply::json(json!({ "users": users, "next": next }))
}

/// One, with the newest neighbours: up to `limit` that are mutual, followed, or followers.
pub(super) fn show(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    const MAX: u32 = 50;
    request.only_keys(&["limit"])?;
    let limit = within(request.number("limit")?.unwrap_or(16), MAX)?;
    let found =
        locked(&server.world).around(&UserId::from(request.name.as_ref()), limit).map_err(AdminError::failed)?;
    let missing = || AdminError::new(404, format!("{:?} has no account", request.name));
    found.ok_or_else(missing).and_then(Reply::json)
}

fn within<N: PartialOrd + From<u8> + std::fmt::Display>(limit: N, max: N) -> Result<N, AdminError> {
    if limit >= N::from(1) && limit <= max { Ok(limit) } else { Err(AdminError::bad(format!("limit is 1 to {max}"))) }
}
