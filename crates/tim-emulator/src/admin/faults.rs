//! Faults: add, list, remove.

use axum::extract::State as Extract;
use serde_json::json;

use super::request::{JsonBody, Name, Query, number};
use super::{AdminError, App, Json, Reply};
use crate::faults::{Fault, Faults};
use crate::server::Server;

pub(super) async fn list(Extract(server): App) -> Reply {
    Json::of(handle(&server).list())
}

pub(super) async fn add(Extract(server): App, JsonBody(fault): JsonBody<Fault>) -> Reply {
    let id = handle(&server).add(fault).map_err(AdminError::invalid)?;
    Json::of(json!({ "id": id }))
}

pub(super) async fn remove(Extract(server): App, Name(name): Name) -> Reply {
    let id = number("the id of a fault", &name)?;
    if handle(&server).remove(id) {
        return Ok(Json::done());
    }
    Err(AdminError::not_found(format!("there is no fault {id}; it may be used up or over")))
}

pub(super) async fn clear(Extract(server): App, query: Query) -> Reply {
    query.only_keys(&[])?;
    handle(&server).clear();
    Ok(Json::done())
}

fn handle(server: &Server) -> Faults<'_> {
    Faults { list: &server.faults, clock: &server.clock }
}
