//! Faults: add, list, remove.

use serde_json::json;

use super::request::Request;
use super::{Answer, Refused};
use crate::faults::Faults;
use crate::server::Server;

pub(super) fn list(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    Answer::json(Faults(server).list())
}

pub(super) fn add(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    let id = Faults(server).add(request.json()?).map_err(Refused::bad)?;
    Answer::json(json!({ "id": id }))
}

pub(super) fn remove(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    let name = &request.name;
    let id = name.parse().map_err(|_| Refused::bad(format!("{name:?} is no number of a fault")))?;
    if Faults(server).remove(id) {
        return Ok(Answer::done());
    }
    Err(Refused::new(404, format!("there is no fault {id}; it may be used up or over")))
}

pub(super) fn clear(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    Faults(server).clear();
    Ok(Answer::done())
}
