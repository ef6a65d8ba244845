//! Users with their numbers, and who is around one of them.

use serde_json::json;
use tim_types::UserId;

use super::request::Request;
use super::{AdminError, Reply};
use crate::server::Server;
use crate::world::people;

/// A page of them by id. `next` is the `after` of the next page, or null.
pub(super) fn list(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    const MAX: usize = 1000;
    request.only_keys(&["prefix", "after", "limit"])?;
    let text = |key| request.text(key).unwrap_or_default().to_owned();
    let (prefix, after) = (text("prefix"), text("after"));
    let limit = within(request.number("limit")?.unwrap_or(100), MAX)?;
    // One more says whether there is a next page.
    let found = server.database.read_blocking(move |db| people::list(db, &prefix, &after, limit + 1));
    let mut users = found.map_err(AdminError::failed)?.map_err(AdminError::failed)?;
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
    let user = UserId::from(request.name.as_ref());
    let found = server.database.read_blocking(move |db| people::around(db, &user, limit));
    let found = found.map_err(AdminError::failed)?.map_err(AdminError::failed)?;
    let missing = || AdminError::new(404, format!("{:?} has no account", request.name));
    found.ok_or_else(missing).and_then(Reply::json)
}

fn within<N: PartialOrd + From<u8> + std::fmt::Display>(limit: N, max: N) -> Result<N, AdminError> {
    if limit >= N::from(1) && limit <= max { Ok(limit) } else { Err(AdminError::bad(format!("limit is 1 to {max}"))) }
}
