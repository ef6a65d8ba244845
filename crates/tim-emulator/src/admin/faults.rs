//! Faults: add, list, remove.

use serde_json::json;

use super::request::Request;
use super::{AdminError, Reply};
use crate::faults::Faults;
use crate::server::Server;

pub(super) fn list(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    Reply::json(handle(server).list())
}

pub(super) fn add(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let id = handle(server).add(request.json()?).map_err(AdminError::bad)?;
    Reply::json(json!({ "id": id }))
}

pub(super) fn remove(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let name = &request.name;
    let id = name.parse().map_err(|_| AdminError::bad(format!("{name:?} is no number of a fault")))?;
    if handle(server).remove(id) {
        return Ok(Reply::done());
    }
    Err(AdminError::new(404, format!("there is no fault {id}; it may be used up or over")))
}

pub(super) fn clear(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    handle(server).clear();
    Ok(Reply::done())
}

fn handle(server: &Server) -> Faults<'_> {
    Faults { list: &server.faults, clock: &server.clock }
}
