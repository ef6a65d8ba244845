//! Streams new calls as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::request::{Query, number};
use super::{AdminError, App};
use crate::body;
use crate::call_log::{CallFilter, CallRecord, Watch};

/// The interval of comments in a stream without events. If a comment cannot be sent, the client has
/// disconnected.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A header with the id of the last event that a browser received. A browser sends it when it
/// connects again.
const LAST_EVENT_ID: &str = "last-event-id";

/// Sends each new call until the emulator stops. With `?after=N` or the header `Last-Event-ID: N`,
/// sends the recorded calls with a higher number first. The header overrides the query, because a
/// browser repeats the query when it connects again.
///
/// A client that reads too slowly loses some calls. It gets an event with the number of lost calls.
pub(super) async fn stream(Extract(server): App, query: Query, headers: HeaderMap) -> Result<Response, AdminError> {
    query.only_keys(&["after"])?;
    let after = match headers.get(LAST_EVENT_ID) {
        Some(id) => Some(number("Last-Event-ID", id.to_str().unwrap_or("?"))?),
        None => query.number("after")?,
    };
    // Subscribes before it reads the log, so no call is missed. A call can be in both; `events`
    // skips it.
    let new = server.call_log.watch();
    let until = after.map_or(0, |_| server.call_log.last_number());
    let recorded = move |after| server.call_log.next_match(&CallFilter::new(), after, until);
    let body = events(recorded, after.unwrap_or(0), until, new);
    Ok(([(CONTENT_TYPE, "text/event-stream")], body).into_response())
}

/// Sends the recorded calls with a number above `after` and up to `until`, then new calls.
/// `recorded` returns the first call above a number. It is called once per call, so a slow client
/// keeps no recorded calls in memory.
fn events(
    recorded: impl Fn(u64) -> Option<Arc<CallRecord>> + Send + Sync + 'static,
    after: u64,
    until: u64,
    mut new: Watch,
) -> Body {
    body::stream(async move |mut to| {
        // The response headers are sent with the first bytes of the body.
        if to.send_data(": events of the emulator\n\n".into()).await.is_err() {
            return;
        }
        let mut next = recorded(after);
        while let Some(call) = next {
            if to.send_data(event(&call).into()).await.is_err() {
                return;
            }
            next = recorded(call.number);
            let missed = next.as_ref().map_or(until, |next| next.number - 1).saturating_sub(call.number);
            if missed > 0 && to.send_data(lost(missed).into()).await.is_err() {
                return;
            }
        }
        loop {
            let event = match timeout(HEARTBEAT, new.recv()).await {
                Ok(Ok(Some(call))) if call.number <= until => continue,
                Ok(Ok(Some(call))) => event(&call),
                Ok(Err(RecvError::Lagged(calls))) => lost(calls),
                Ok(Ok(None) | Err(RecvError::Closed)) => return,
                Err(_) => ":\n\n".to_owned(),
            };
            if to.send_data(event.into()).await.is_err() {
                return;
            }
        }
    })
}

fn event(call: &CallRecord) -> String {
    let json = serde_json::to_string(call).unwrap_or_default();
    format!("event: call\nid: {}\ndata: {json}\n\n", call.number)
}

/// The event with the number of calls that the client has lost.
fn lost(calls: u64) -> String {
    format!("event: lost\ndata: {{\"calls\":{calls}}}\n\n")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::time::Instant;

    use super::*;
    use crate::call_log::CallLog;

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_without_events_has_heartbeats_and_ends_with_the_emulator() {
        let log = CallLog::new(10);
        let mut body = events(|_| None, 0, 0, log.watch());
        assert_eq!(next(&mut body).await.as_deref(), Some(": events of the emulator\n\n"));
        let start = Instant::now();
        assert_eq!(next(&mut body).await.as_deref(), Some(":\n\n"));
        assert_eq!(start.elapsed().as_secs(), HEARTBEAT.as_secs());
        log.end();
        assert_eq!(next(&mut body).await, None);
    }
}
