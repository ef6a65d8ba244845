//! Rate limits.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::request::Request;
use super::{AdminError, Reply};
use crate::rate_limit::{RateLimit, Window};
use crate::server::Server;

pub(super) fn show(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    let elapsed = server.clock.now().elapsed;
    let mut counter = server.gateway.rate_counter();
    let used: BTreeMap<_, _> = counter.used(elapsed).into_iter().collect();
    Reply::json(json!({
        "calls_per_second": counter.rate_limit().map(|rate_limit| rate_limit.calls_per_second),
        "window": counter.rate_limit().map(|rate_limit| rate_limit.window),
        "used_this_second": used,
        "calls_per_day": counter.calls_per_day(),
        "used_this_day": counter.used_this_day(elapsed),
    }))
}

/// All of them: what is missing is no limit.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    calls_per_second: Option<u32>,
    window: Window,
    calls_per_day: Option<u64>,
}

pub(super) fn change(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let Limits { calls_per_second, window, calls_per_day } = request.json()?;
    let mut counter = server.gateway.rate_counter();
    counter.set_rate_limit(calls_per_second.map(|calls_per_second| RateLimit { calls_per_second, window }));
    counter.set_calls_per_day(calls_per_day);
    drop(counter);
    show(server, request)
}
