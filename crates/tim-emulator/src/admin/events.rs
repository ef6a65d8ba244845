//! Streams new calls as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{SendError, Sender};
use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::calls::{detail, stream_filter};
use super::request::{Query, number};
use super::{AdminError, App};
use crate::body::{self, Broken};
use crate::call_log::{CallFilter, CallRecord, Detail, NextMatch, Watch};
use crate::server::Server;

/// The interval of comments in a stream without events. If a comment cannot be sent, the client has
/// disconnected.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A header with the id of the last event that a browser received. A browser sends it when it
/// connects again.
const LAST_EVENT_ID: &str = "last-event-id";

/// Sends each new call until the emulator stops. With `?after=N` or the header `Last-Event-ID: N`,
/// sends the recorded calls with a higher number first. The header overrides the query, because a
/// browser repeats the query when it connects again. With a filter, sends only the calls that
/// match.
///
/// A client that reads too slowly loses some calls. It gets an event with the number of lost calls.
/// Whether they match the filter is unknown.
pub(super) async fn stream(Extract(server): App, query: Query, headers: HeaderMap) -> Result<Response, AdminError> {
    let (filter, detail) = (stream_filter(&query, &["after", "summary"])?, detail(&query)?);
    let after = match headers.get(LAST_EVENT_ID) {
        Some(id) => Some(number("Last-Event-ID", id.to_str().unwrap_or("?"))?),
        None => query.number("after")?,
    };
    // Subscribes before it reads the log, so no call is missed. A call can be in both; `events`
    // skips it.
    let new = server.call_log.watch();
    let until = after.map_or(0, |_| server.call_log.last_number());
    let shown = Arc::new(Shown { filter, detail });
    let recorded = after.map(|after| Recorded { server, shown: Arc::clone(&shown), after, until });
    Ok(([(CONTENT_TYPE, "text/event-stream")], events(recorded, shown, new)).into_response())
}

/// Which calls are sent, and how much of them.
struct Shown {
    filter: CallFilter,
    detail: Detail,
}

/// The recorded calls with a number above `after` and up to `until`.
struct Recorded {
    server: Arc<Server>,
    shown: Arc<Shown>,
    after: u64,
    until: u64,
}

impl Recorded {
    /// Returns the next call that matches. Works on a blocking thread, because a search for a text
    /// needs much processor time. Reads one call at a time, so a slow client keeps no recorded
    /// calls in memory.
    async fn next(&mut self) -> NextMatch {
        let (server, shown, after, until) = (Arc::clone(&self.server), Arc::clone(&self.shown), self.after, self.until);
        let next = spawn_blocking(move || server.call_log.next_match(&shown.filter, after, until)).await;
        let next = next.unwrap_or_default();
        self.after = next.call.as_ref().map_or(until, |call| call.number);
        next
    }
}

/// Sends the recorded calls, then new calls.
fn events(recorded: Option<Recorded>, shown: Arc<Shown>, mut new: Watch) -> Body {
    body::stream(async move |mut to| {
        // The response headers are sent with the first bytes of the body.
        if to.send_data(": events of the emulator\n\n".into()).await.is_err() {
            return;
        }
        let until = recorded.as_ref().map_or(0, |recorded| recorded.until);
        if let Some(recorded) = recorded
            && send_recorded(recorded, &mut to).await.is_err()
        {
            return;
        }
        let mut sent = Instant::now();
        loop {
            // Calls that do not match do not delay the next comment.
            let event = match timeout_at(sent + HEARTBEAT, new.recv()).await {
                Ok(Ok(Some(call))) if call.number <= until => continue,
                Ok(Ok(Some(call))) => match shown.filter.select(vec![call]).await.first() {
                    Some(call) => event(call, shown.detail),
                    None => continue,
                },
                Ok(Err(RecvError::Lagged(calls))) => lost(calls),
                Ok(Ok(None) | Err(RecvError::Closed)) => return,
                Err(_) => ":\n\n".to_owned(),
            };
            if to.send_data(event.into()).await.is_err() {
                return;
            }
            sent = Instant::now();
        }
    })
}

/// Sends the recorded calls. The calls that left the log before the first one are not lost: the
/// client did not ask for them in time.
async fn send_recorded(mut recorded: Recorded, to: &mut Sender<Bytes, Broken>) -> Result<(), SendError> {
    let mut next = recorded.next().await.call;
    while let Some(call) = next {
        to.send_data(event(&call, recorded.shown.detail).into()).await?;
        drop(call);
        let after = recorded.next().await;
        if after.lost > 0 {
            to.send_data(lost(after.lost).into()).await?;
        }
        next = after.call;
    }
    Ok(())
}

fn event(call: &CallRecord, detail: Detail) -> String {
    let json = serde_json::to_string(&detail.of(call)).unwrap_or_default();
    format!("event: call\nid: {}\ndata: {json}\n\n", call.number)
}

/// The event with the number of calls that the client has lost.
fn lost(calls: u64) -> String {
    format!("event: lost\ndata: {{\"calls\":{calls}}}\n\n")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::time::sleep;

    use super::*;
    use crate::call_log::CallLog;
    use crate::call_log::testing::call;

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_without_events_has_heartbeats_and_ends_with_the_emulator() {
        let log = CallLog::new(10);
        let shown = Shown { filter: CallFilter::new(), detail: Detail::Full };
        let mut body = events(None, Arc::new(shown), log.watch());
        assert_eq!(next(&mut body).await.as_deref(), Some(": events of the emulator\n\n"));
        let start = Instant::now();
        assert_eq!(next(&mut body).await.as_deref(), Some(":\n\n"));
        assert_eq!(start.elapsed().as_secs(), HEARTBEAT.as_secs());
        log.end();
        assert_eq!(next(&mut body).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_do_not_match_do_not_delay_a_heartbeat() {
        let log = CallLog::new(10);
        let shown = Shown { filter: CallFilter::new().user("nobody"), detail: Detail::Full };
        let mut body = events(None, Arc::new(shown), log.watch());
        next(&mut body).await;
        let start = Instant::now();
        let push = async {
            sleep(HEARTBEAT / 2).await;
            log.push(call().new_call());
        };
        let (sent, ()) = tokio::join!(next(&mut body), push);
        assert_eq!((sent.as_deref(), start.elapsed().as_secs()), (Some(":\n\n"), HEARTBEAT.as_secs()));
    }
}
