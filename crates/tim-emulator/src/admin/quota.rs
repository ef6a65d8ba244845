//! Quotas.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::request::Request;
use super::{Answer, Refused};
use crate::quota::{Counting, Quota};
use crate::server::Server;

pub(super) fn show(server: &Server, _: &Request<'_>) -> Result<Answer, Refused> {
    let elapsed = server.clock.now().elapsed;
    let mut meter = server.gateway.meter();
    let used: BTreeMap<_, _> = meter.used(elapsed).into_iter().collect();
    Answer::json(json!({
        "calls_per_second": meter.quota().map(|quota| quota.calls_per_second),
        "counting": meter.quota().map(|quota| quota.counting),
        "used_this_second": used,
        "calls_per_day": meter.calls_per_day(),
        "used_this_day": meter.used_this_day(elapsed),
    }))
}

/// All of them: what is missing is no limit.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limits {
    calls_per_second: Option<u32>,
    counting: Counting,
    calls_per_day: Option<u64>,
}

pub(super) fn change(server: &Server, request: &Request<'_>) -> Result<Answer, Refused> {
    let Limits { calls_per_second, counting, calls_per_day } = request.json()?;
    let mut meter = server.gateway.meter();
    meter.limit(calls_per_second.map(|calls_per_second| Quota { calls_per_second, counting }));
    meter.limit_day(calls_per_day);
    drop(meter);
    show(server, request)
}
