//! Recorded calls, and those to come.

use std::sync::Arc;

use super::request::Request;
use super::{AdminError, Reply};
use crate::call_log::CallRecord;
use crate::server::Server;

/// The `last` of those that fit all the other keys, oldest first.
pub(super) fn list(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    request.only_keys(&["command", "user", "code", "after", "last"])?;
    let (command, user, code) = (request.text("command"), request.text("user"), request.number("code")?);
    let (after, last) = (request.number("after")?.unwrap_or(0), request.number("last")?.unwrap_or(usize::MAX));
    let fits = |call: &Arc<CallRecord>| {
        call.number > after
            && command.is_none_or(|command| call.command == Some(command))
            && user.is_none_or(|user| call.user.as_deref() == Some(user))
            && code.is_none_or(|code| call.code == Some(code))
    };
    let calls: Vec<_> = server.call_log.all().into_iter().filter(fits).collect();
    Reply::json(calls[calls.len().saturating_sub(last)..].iter().map(AsRef::as_ref).collect::<Vec<&CallRecord>>())
}

pub(super) fn clear(server: &Server, _: &Request<'_>) -> Result<Reply, AdminError> {
    server.call_log.clear();
    Ok(Reply::done())
}

/// With `after`, recorded calls of a higher number come first.
pub(super) fn events(server: &Server, request: &Request<'_>) -> Result<Reply, AdminError> {
    request.only_keys(&["after"])?;
    // Calls are recorded on the thread that runs this, so none comes between the two.
    let recorded = match request.number("after")? {
        Some(after) => server.call_log.all().into_iter().filter(|call| call.number > after).collect(),
        None => Vec::new(),
    };
    Ok(Reply::Events(recorded, server.call_log.watch()))
}
