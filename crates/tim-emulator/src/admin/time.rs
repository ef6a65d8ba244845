//! Time control.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::request::Request;
use super::{AdminError, Reply};
use crate::server::Server;
use crate::time::Time;

pub(super) fn show(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    let (now, frozen) = (server.clock.now(), server.clock.frozen());
    let ahead = now.unix().cast_signed().wrapping_sub(server.clock.real().unix().cast_signed());
    Reply::json(json!({ "now": now.unix(), "offset_s": ahead, "frozen": frozen }))
}

/// Done in the order of the fields.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Change {
    reset: bool,
    set: Option<u64>,
    offset_s: Option<i64>,
    advance_s: Option<f64>,
    frozen: Option<bool>,
}

pub(super) fn change(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let change: Change = request.json()?;
    let advance = change.advance_s.map(Duration::try_from_secs_f64).transpose();
    let advance = advance.map_err(|error| AdminError::bad(format!("advance_s: {error}")))?;
    let time = Time(&server.clock);
    if change.reset {
        time.reset();
    }
    if let Some(unix) = change.set {
        time.set(unix);
    }
    if let Some(seconds) = change.offset_s {
        time.offset(seconds);
    }
    if let Some(by) = advance {
        time.advance(by);
    }
    match change.frozen {
        Some(true) => time.freeze(),
        Some(false) => time.resume(),
        None => {}
    }
    show(server, request)
}
