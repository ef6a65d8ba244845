//! The state as a whole: in, out, kept and restored.

use serde_json::json;

use super::request::Request;
use super::{AdminError, Reply};
use crate::server::Server;
use crate::state::State;

pub(super) fn import(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let lines = State(server).import(request.body).map_err(AdminError::bad)?;
    Reply::json(json!({ "lines": lines }))
}

pub(super) fn export(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    let mut lines = Vec::new();
    State(server).export(&mut lines).map_err(AdminError::failed)?;
    Ok(Reply::Lines(lines))
}

pub(super) fn snapshots(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    Reply::json(State(server).snapshots())
}

pub(super) fn save(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    State(server).save(&request.name).map_err(AdminError::bad)?;
    Ok(Reply::done())
}

pub(super) fn restore(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    State(server).restore(&request.name).map_err(AdminError::bad)?;
    Ok(Reply::done())
}

pub(super) fn forget(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    if State(server).forget(&request.name) {
        return Ok(Reply::done());
    }
    Err(AdminError::new(404, format!("there is no snapshot {:?}", request.name)))
}
