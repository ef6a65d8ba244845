//! Recorded calls: list, wait, export.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::request::Query;
use super::{AdminError, App, Json, Reply};
use crate::body;
use crate::call_log::{CallFilter, CallFormat};
use crate::server::Server;

const JSON: &str = "application/json";

/// Only one chunk of a call log is written at a time, so that many readers do not slow down calls.
static WRITING: Semaphore = Semaphore::const_new(1);

/// The maximum timeout of a wait, and the default.
const MAX_WAIT: Duration = Duration::from_secs(600);
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// Responds with the calls that match, oldest first.
pub(super) async fn list(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query, &[])?;
    Ok(([(CONTENT_TYPE, JSON)], exported(server, &filter, CallFormat::Json)).into_response())
}

pub(super) async fn export(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query, &["format"])?;
    let (format, content_type, file) = match query.text("format").unwrap_or("ndjson") {
        "ndjson" => (CallFormat::Ndjson, "application/x-ndjson", "attachment; filename=\"calls.ndjson\""),
        "har" => (CallFormat::Har, JSON, "attachment; filename=\"calls.har\""),
        other => return Err(AdminError::invalid(format!("format is {other:?}: it must be ndjson or har"))),
    };
    let headers = [(CONTENT_TYPE, content_type), (CONTENT_DISPOSITION, file)];
    Ok((headers, exported(server, &filter, format)).into_response())
}

/// Responds with the first `count` calls that match. After the timeout, responds with status 408
/// and the calls that matched so far.
pub(super) async fn wait(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query, &["count", "timeout_ms"])?;
    let count = query.number("count")?.unwrap_or(1);
    let timeout = query.number("timeout_ms")?.map_or(DEFAULT_WAIT, Duration::from_millis);
    if count == 0 || timeout > MAX_WAIT {
        let error = format!(
            "count or timeout_ms is out of range: count must be at least 1, and timeout_ms at most {}",
            MAX_WAIT.as_millis()
        );
        return Err(AdminError::invalid(error));
    }
    let found = server.call_log.wait(&filter, count, sleep(timeout)).await;
    if found.is_enough {
        return Ok(listed(StatusCode::OK, "[".to_owned(), found.calls, "]\n"));
    }
    let error = server.call_log.timed_out(&filter, count, timeout, found.matched).to_string();
    let head = format!("{{\"error\":{},\"matched\":{},\"calls\":[", json!(error), found.matched);
    Ok(listed(StatusCode::REQUEST_TIMEOUT, head, found.calls, "]}\n"))
}

pub(super) async fn clear(Extract(server): App, query: Query) -> Reply {
    query.only_keys(&[])?;
    server.call_log.clear();
    Ok(Json::done())
}

/// Returns the filter of a query. The query can only have the keys of a filter and the keys in
/// `more`.
fn filter(query: &Query, more: &[&str]) -> Result<CallFilter, AdminError> {
    const KEYS: [&str; 8] = ["command", "user", "target", "code", "since_ms", "until_ms", "after", "last"];
    query.only_keys(&[&KEYS[..], more].concat())?;
    let pairs = KEYS.iter().filter_map(|key| Some(((*key).to_owned(), Value::from(query.text(key)?))));
    let pairs: Map<String, Value> = pairs.collect();
    serde_json::from_value(Value::Object(pairs))
        .map_err(|error| AdminError::invalid(format!("the query is invalid: {error}")))
}

/// Writes the calls while they are sent. Only one chunk per reader is in memory. Each chunk is
/// written on a blocking thread, because a large log needs much processor time.
fn exported(server: Arc<Server>, filter: &CallFilter, format: CallFormat) -> Body {
    let mut chunks = server.call_log.chunks(filter, format, &server.base_url);
    body::stream(async move |mut to| {
        loop {
            let server = Arc::clone(&server);
            let write = move || (chunks.next(&server.call_log), chunks);
            let permit = WRITING.acquire().await;
            let Ok((chunk, rest)) = spawn_blocking(write).await else { return body::cut_off(to).await };
            drop(permit);
            let Some(chunk) = chunk else { return };
            if to.send_data(chunk).await.is_err() {
                return;
            }
            chunks = rest;
        }
    })
}

/// Responds with `head`, the records separated by commas, and `tail`.
pub(super) fn listed<T>(status: StatusCode, head: String, records: Vec<Arc<T>>, tail: &'static str) -> Response
where
    T: Serialize + Send + Sync + 'static,
{
    let body = body::stream(async move |mut to| {
        let mut text = head;
        for (position, record) in records.iter().enumerate() {
            if position > 0 {
                text.push_str(",\n");
            }
            text.push_str(&serde_json::to_string(record.as_ref()).unwrap_or_default());
            if to.send_data(text.into()).await.is_err() {
                return;
            }
            text = String::new();
        }
        let _ = to.send_data((text + tail).into()).await;
    });
    (status, [(CONTENT_TYPE, JSON)], body).into_response()
}
