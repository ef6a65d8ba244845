//! Lists the relations of a user, and shows how close users are to the relation limits.

use axum::extract::State as Extract;
use serde_json::{Map, Value, json};
use tim_types::UserId;

use super::request::{NoQuery, Query, TwoNames};
use super::users::no_account;
use super::{AdminError, App, Json, Reply};
use crate::world::relations::{self, Position, RelationList};
use crate::world::usage;

/// Responds with a page of a list, newest first. `next` is the `after` of the next page, or null.
///
/// A search reads the list in parts, so that calls can run between them.
pub(super) async fn list(Extract(server): App, TwoNames(user, name): TwoNames, query: Query) -> Reply {
    /// The number of entries in a part of a search.
    const PART: u32 = 1000;
    let list = RelationList::ALL.into_iter().find(|list| list.name == name).ok_or_else(|| unknown_list(&name))?;
    query.only_keys(&["search", "after", "limit"])?;
    let limit = query.limit(100, 1000)?;
    let search = query.search()?.to_ascii_lowercase();
    let mut position = position(list, query.text("after").unwrap_or_default())?;
    // One entry more than requested, to know whether there is a next page.
    let part = if search.is_empty() { limit.saturating_add(1) } else { PART };
    let limit = limit as usize;
    let mut entries = Vec::new();
    let total = loop {
        let owner = UserId::from(user.as_str());
        let page = server.database.read(move |db| relations::page(db, list, &owner, &position, part)).await?;
        let page = page.map_err(AdminError::failed)?.ok_or_else(|| no_account(&user))?;
        let is_last = page.entries.len() < part as usize;
        position = page.entries.last().map_or(Position::START, |(_, position)| position.clone());
        entries.extend(page.entries.into_iter().filter(|(entry, _)| entry.contains(&search)));
        if is_last || entries.len() > limit {
            break page.total;
        }
    };
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|(_, position)| position.to_cursor(list));
    let entries: Vec<_> = entries.into_iter().map(|(entry, _)| entry).collect();
    Json::of(json!({ "entries": entries, "next": next, "total": total }))
}

fn position(list: &RelationList, cursor: &str) -> Result<Position, AdminError> {
    if cursor.is_empty() {
        return Ok(Position::START);
    }
    let invalid = || format!("after is {cursor:?}, which is not a position in this list: start again without after");
    Position::from_cursor(list, cursor).ok_or_else(|| AdminError::invalid(invalid()))
}

fn unknown_list(name: &str) -> AdminError {
    let names = RelationList::ALL.map(|list| list.name).join(", ");
    AdminError::not_found(format!("a user has no list {name:?}: use one of {names}"))
}

/// Responds with each relation limit and the user that is closest to it. Reads one number after the
/// other, so that calls can run between them.
pub(super) async fn limits(Extract(server): App, _: NoQuery) -> Reply {
    let limits = json!(server.settings.get().relation_limits);
    let mut response = Map::new();
    for (name, query) in usage::QUERIES {
        let largest = server.database.read(move |db| usage::largest(db, query)).await?.map_err(AdminError::failed)?;
        let (user, used) = largest.unzip();
        let limit = limits.get(name).cloned().unwrap_or(Value::Null);
        response.insert(name.to_owned(), json!({ "limit": limit, "used": used.unwrap_or(0), "user": user }));
    }
    Json::of(response)
}
