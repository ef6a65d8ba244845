//! Recorded calls.

use std::sync::Arc;

use axum::extract::State as Extract;

use super::request::Query;
use super::{App, Json, Reply};
use crate::call_log::CallRecord;

/// The `last` of those that match all the other keys, oldest first.
pub(super) async fn list(Extract(server): App, query: Query) -> Reply {
    query.only_keys(&["command", "user", "code", "after", "last"])?;
    let (command, user, code) = (query.text("command"), query.text("user"), query.number("code")?);
    let (after, last) = (query.number("after")?.unwrap_or(0), query.number("last")?.unwrap_or(usize::MAX));
    let matches = |call: &Arc<CallRecord>| {
        call.number > after
            && command.is_none_or(|command| call.command == Some(command))
            && user.is_none_or(|user| call.user.as_deref() == Some(user))
            && code.is_none_or(|code| call.code == Some(code))
    };
    let calls: Vec<_> = server.call_log.all().into_iter().filter(matches).collect();
    let skipped = calls.len().saturating_sub(last);
    Json::of(calls.iter().skip(skipped).map(AsRef::as_ref).collect::<Vec<&CallRecord>>())
}

pub(super) async fn clear(Extract(server): App) -> Json {
    server.call_log.clear();
    Json::done()
}
