//! Shows and sets the rate limits.

use std::collections::BTreeMap;

use axum::extract::State as Extract;
use serde::Deserialize;
use serde_json::json;

use super::request::{JsonBody, NoQuery};
use super::{App, Json, Reply};
use crate::rate_limit::{RateLimit, Window};
use crate::server::Server;

pub(super) async fn show(Extract(server): App, _: NoQuery) -> Reply {
    shown(&server)
}

fn shown(server: &Server) -> Reply {
    let elapsed = server.clock.now().elapsed;
    let mut counter = server.gateway.rate_counter();
    let used: BTreeMap<_, _> = counter.used(elapsed).into_iter().collect();
    Json::of(json!({
        "calls_per_second": counter.rate_limit().map(|rate_limit| rate_limit.calls_per_second),
        "window": counter.rate_limit().map(|rate_limit| rate_limit.window),
        "used_this_second": used,
        "calls_per_day": counter.calls_per_day(),
        "used_this_day": counter.used_this_day(elapsed),
    }))
}

/// All rate limits. A missing number means any number of calls.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    calls_per_second: Option<u32>,
    window: Window,
    calls_per_day: Option<u64>,
}

pub(super) async fn change(Extract(server): App, _: NoQuery, JsonBody(limits): JsonBody<Limits>) -> Reply {
    let Limits { calls_per_second, window, calls_per_day } = limits;
    let mut counter = server.gateway.rate_counter();
    counter.set_rate_limit(calls_per_second.map(|calls_per_second| RateLimit { calls_per_second, window }));
    counter.set_calls_per_day(calls_per_day);
    drop(counter);
    shown(&server)
}
