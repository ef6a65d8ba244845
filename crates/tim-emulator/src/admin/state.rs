//! The state as a whole: in, out, kept and restored.

use serde_json::json;

use super::request::Request;
use super::{Answer, Refused};
use crate::server::Server;
use crate::state::State;

pub(super) fn import(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    let lines = State(server).import(request.body).map_err(Refused::bad)?;
    Answer::json(json!({ "lines": lines }))
}

pub(super) fn export(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    let mut lines = Vec::new();
    State(server).export(&mut lines).map_err(Refused::failed)?;
    Ok(Answer::Lines(lines))
}

pub(super) fn snapshots(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    Answer::json(State(server).snapshots())
}

pub(super) fn save(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    State(server).save(&request.name).map_err(Refused::bad)?;
    Ok(Answer::done())
}

pub(super) fn restore(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    State(server).restore(&request.name).map_err(Refused::bad)?;
    Ok(Answer::done())
}

pub(super) fn forget(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    if State(server).forget(&request.name) {
        return Ok(Answer::done());
    }
    Err(Refused::new(404, format!("there is no snapshot {:?}", request.name)))
}
