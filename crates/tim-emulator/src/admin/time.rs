//! Shows and changes the clock.

use std::time::Duration;

use axum::extract::State as Extract;
use serde::Deserialize;
use serde_json::json;

use super::request::{JsonBody, NoQuery};
use super::{AdminError, App, Json, Reply};
use crate::server::Server;
use crate::time::Time;

pub(super) async fn show(Extract(server): App, _: NoQuery) -> Reply {
    shown(&server)
}

fn shown(server: &Server) -> Reply {
    let (now, real, frozen) = server.clock.compared();
    let ahead = now.unix().cast_signed().wrapping_sub(real.unix().cast_signed());
    Json::of(json!({ "now": now.unix(), "offset_s": ahead, "frozen": frozen }))
}

/// The changes to the clock. They are applied in the order of the fields.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Change {
    reset: bool,
    set: Option<u64>,
    offset_s: Option<i64>,
    advance_s: Option<f64>,
    frozen: Option<bool>,
}

pub(super) async fn change(Extract(server): App, _: NoQuery, JsonBody(change): JsonBody<Change>) -> Reply {
    let advance = change.advance_s.map(Duration::try_from_secs_f64).transpose();
    let advance = advance.map_err(|error| AdminError::invalid(format!("advance_s: {error}")))?;
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
    shown(&server)
}
