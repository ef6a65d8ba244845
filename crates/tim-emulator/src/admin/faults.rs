//! Adds, lists, shows and removes faults.

use axum::extract::State as Extract;
use serde_json::json;

use super::request::{JsonBody, Name, NoQuery, Query, number};
use super::{AdminError, App, Json, Reply};
use crate::faults::{Fault, Faults};
use crate::server::Server;

/// Lists the active faults. With `?ended=true`, lists the latest ones that have ended too.
pub(super) async fn list(Extract(server): App, query: Query) -> Reply {
    query.only_keys(&["ended"])?;
    if query.flag("ended")? == Some(true) {
        return Json::of(handle(&server).list_with_ended());
    }
    Json::of(handle(&server).list())
}

/// Shows a fault that is active or one of the latest that have ended.
pub(super) async fn show(Extract(server): App, Name(name): Name, _: NoQuery) -> Reply {
    let id = number("the id of a fault", &name)?;
    let fault = handle(&server).get(id).ok_or_else(|| {
        AdminError::not_found(format!(
            "fault {id} is neither active nor one of the latest that have ended: list the faults with ?ended=true"
        ))
    })?;
    Json::of(fault)
}

pub(super) async fn add(Extract(server): App, _: NoQuery, JsonBody(fault): JsonBody<Fault>) -> Reply {
    let id = handle(&server).add(fault).map_err(AdminError::invalid)?;
    Json::of(json!({ "id": id }))
}

pub(super) async fn remove(Extract(server): App, _: NoQuery, Name(name): Name) -> Reply {
    let id = number("the id of a fault", &name)?;
    if handle(&server).remove(id) {
        return Ok(Json::done());
    }
    Err(AdminError::not_found(format!(
        "fault {id} is not active: it was removed, expired, or reached its number of calls"
    )))
}

pub(super) async fn clear(Extract(server): App, _: NoQuery) -> Reply {
    handle(&server).clear();
    Ok(Json::done())
}

fn handle(server: &Server) -> Faults<'_> {
    Faults { list: &server.faults, clock: &server.clock }
}
