//! Describes the emulator, and resets it.

use std::time::Duration;

use axum::extract::State as Extract;
use serde_json::{Map, Value, json};
use tim_types::webhook::Event;
use tokio::time::timeout;

use super::request::{JsonBody, NoQuery};
use super::state::blocking;
use super::{AdminError, App, Json, Reply, listing};
use crate::commands;
use crate::lock::locked;
use crate::reset::{self, Reset};
use crate::state::State;
use crate::world::totals;

/// The maximum time that the response waits for the totals.
const TOTALS_TIMEOUT: Duration = Duration::from_millis(100);

/// Describes the emulator, without its secret key. The totals are null while the database is busy.
pub(super) async fn show(Extract(server): App, _: NoQuery) -> Reply {
    let totals = timeout(TOTALS_TIMEOUT, server.database.read(totals::read)).await;
    let totals = totals.ok().and_then(Result::ok).and_then(Result::ok);
    let now = server.clock.now();
    let (rate_limit, calls_per_day) = {
        let counter = server.gateway.rate_counter();
        (counter.rate_limit(), counter.calls_per_day())
    };
    Json::of(json!({
        "name": "tim-emulator",
        "instance": server.instance,
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": server.base_url,
        "sdkappid": server.gateway.sdkappid(),
        "admins": server.settings.get().admins,
        "now": now.unix(),
        "frozen": server.clock.frozen(),
        "rate_limit": rate_limit,
        "calls_per_day": calls_per_day,
        "totals": totals,
        "job": server.database.job(),
        "recorded_calls": server.call_log.len(),
        "faults": locked(&server.faults).list(now.elapsed).len(),
        "snapshots": State(&server).snapshots().into_iter().map(|snapshot| snapshot.name).collect::<Vec<_>>(),
        "commands": commands::all_names().collect::<Vec<_>>(),
        "webhook_events": Event::COMMANDS,
        "routes": listing(),
    }))
}

pub(super) async fn health(_: NoQuery) -> Json {
    Json::done()
}

/// Resets the parts that the body names. With an empty body or `{}`, resets everything except the
/// settings.
pub(super) async fn reset(Extract(server): App, _: NoQuery, JsonBody(named): JsonBody<Map<String, Value>>) -> Reply {
    let what = if named.is_empty() { Ok(Reset::ALL) } else { serde_json::from_value(named.into()) };
    let what = what.map_err(|error| AdminError::invalid(format!("the body is invalid: {error}")))?;
    blocking(server, move |server| reset::reset(server, what)).await?;
    Ok(Json::done())
}
