//! What there is, and beginning anew.

use serde_json::json;

use super::request::Request;
use super::{AdminError, Reply, listing};
use crate::commands;
use crate::lock::locked;
use crate::reset::{self, Reset};
use crate::server::Server;
use crate::state::State;

/// All but the key.
pub(super) fn show(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    let now = server.clock.now();
    let rate_limit = server.gateway.rate_counter().rate_limit();
    let calls_per_day = server.gateway.rate_counter().calls_per_day();
    Reply::json(json!({
        "name": "tim-emulator",
        "version": env!("CARGO_PKG_VERSION"),
        "base_url": server.base_url,
        "sdkappid": server.gateway.sdkappid(),
        "admins": server.settings.get().admins,
        "now": now.unix(),
        "frozen": server.clock.frozen(),
        "rate_limit": rate_limit,
        "calls_per_day": calls_per_day,
        "totals": State(server).totals().map_err(AdminError::failed)?,
        "recorded_calls": server.call_log.len(),
        "faults": locked(&server.faults).list(now.elapsed).len(),
        "snapshots": State(server).snapshots().into_iter().map(|snapshot| snapshot.name).collect::<Vec<_>>(),
        "commands": commands::all_names().collect::<Vec<_>>(),
        "routes": listing(),
    }))
}

pub(super) fn health(_: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    Ok(Reply::done())
}

/// In all when nothing is named.
pub(super) fn reset(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    let named: Reset = request.json()?;
    reset::reset(server, if named == Reset::default() { Reset::ALL } else { named }).map_err(AdminError::failed)?;
    Ok(Reply::done())
}
