//! Recorded calls: list, show, replay, wait, export.

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

use super::request::{Name, NoQuery, Query, number};
use super::{AdminError, App, Json, Reply};
use crate::body;
use crate::call_log::{CallFilter, CallFormat, CallRecord, Detail};
use crate::replay;
use crate::server::Server;

const JSON: &str = "application/json";

/// Only one chunk of a call log is written at a time, so that many readers do not slow down calls.
static WRITING: Semaphore = Semaphore::const_new(1);

/// The maximum timeout of a wait, and the default.
const MAX_WAIT: Duration = Duration::from_secs(600);
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// Responds with the calls that match, oldest first. With `?summary=true`, without their headers
/// and bodies.
pub(super) async fn list(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query, &["summary"])?;
    let body = exported(server, &filter, CallFormat::Json, detail(&query)?);
    Ok(([(CONTENT_TYPE, JSON)], body).into_response())
}

pub(super) async fn show(Extract(server): App, Name(name): Name, _: NoQuery) -> Result<Response, AdminError> {
    Ok(one(&*recorded(&server, &name)?))
}

/// Sends a recorded call again, and responds with the record of the new call.
pub(super) async fn replay(Extract(server): App, Name(name): Name, _: NoQuery) -> Result<Response, AdminError> {
    let call = replay::replay(&*recorded(&server, &name)?, &server.gateway, server.clock.now())
        .map_err(|error| AdminError::new(StatusCode::CONFLICT, error.to_string()))?;
    // A new task completes the call even if the client disconnects.
    let processed = tokio::spawn(async move { server.call(call).await }).await.map_err(AdminError::failed)?;
    let record = processed.record.ok_or_else(|| AdminError::failed("the call was not logged"))?;
    Ok(one(&record))
}

pub(super) async fn export(Extract(server): App, query: Query) -> Result<Response, AdminError> {
    let filter = filter(&query, &["format"])?;
    let (format, content_type, file) = match query.text("format").unwrap_or("ndjson") {
        "ndjson" => (CallFormat::Ndjson, "application/x-ndjson", "attachment; filename=\"calls.ndjson\""),
        "har" => (CallFormat::Har, JSON, "attachment; filename=\"calls.har\""),
        other => return Err(AdminError::invalid(format!("format is {other:?}: it must be ndjson or har"))),
    };
    let headers = [(CONTENT_TYPE, content_type), (CONTENT_DISPOSITION, file)];
    Ok((headers, exported(server, &filter, format, Detail::Full)).into_response())
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
    // Searches the log for the latest calls that do not match.
    let describe = move || server.call_log.timed_out(&filter, count, timeout, found.matched).to_string();
    let error = spawn_blocking(describe).await.map_err(AdminError::failed)?;
    let head = format!("{{\"error\":{},\"matched\":{},\"calls\":[", json!(error), found.matched);
    Ok(listed(StatusCode::REQUEST_TIMEOUT, head, found.calls, "]}\n"))
}

pub(super) async fn clear(Extract(server): App, _: NoQuery) -> Reply {
    server.call_log.clear();
    Ok(Json::done())
}

/// The keys of a filter.
const KEYS: [&str; 12] =
    ["command", "user", "target", "code", "since_ms", "until_ms", "text", "failed", "fault", "after", "before", "last"];

/// Returns the filter of a query. The query can only have the keys of a filter and the keys in
/// `more`.
fn filter(query: &Query, more: &[&str]) -> Result<CallFilter, AdminError> {
    filter_with(query, &KEYS, more)
}

/// Returns the filter of a query for new calls, without the conditions on their numbers.
pub(super) fn stream_filter(query: &Query, more: &[&str]) -> Result<CallFilter, AdminError> {
    let keys: Vec<_> = KEYS.into_iter().filter(|key| !["after", "before", "last"].contains(key)).collect();
    filter_with(query, &keys, more)
}

fn filter_with(query: &Query, keys: &[&str], more: &[&str]) -> Result<CallFilter, AdminError> {
    query.only_keys(&[keys, more].concat())?;
    query.short("text")?;
    let pairs = keys.iter().filter_map(|key| Some(((*key).to_owned(), Value::from(query.text(key)?))));
    let pairs: Map<String, Value> = pairs.collect();
    serde_json::from_value(Value::Object(pairs))
        .map_err(|error| AdminError::invalid(format!("the query is invalid: {error}")))
}

/// Returns how much of a call the response shows.
pub(super) fn detail(query: &Query) -> Result<Detail, AdminError> {
    Ok(if query.flag("summary")? == Some(true) { Detail::Summary } else { Detail::Full })
}

fn recorded(server: &Server, name: &str) -> Result<Arc<CallRecord>, AdminError> {
    let number = number("the number of a call", name)?;
    server.call_log.get(number).ok_or_else(|| {
        AdminError::not_found(format!("the log does not have call {number}: it was removed, or was not made yet"))
    })
}

/// Responds with one call.
fn one(call: &CallRecord) -> Response {
    ([(CONTENT_TYPE, JSON)], serde_json::to_string(call).unwrap_or_default() + "\n").into_response()
}

/// Writes the calls while they are sent. Only one chunk per reader is in memory. Each chunk is
/// written on a blocking thread, because a large log needs much processor time.
fn exported(server: Arc<Server>, filter: &CallFilter, format: CallFormat, detail: Detail) -> Body {
    let mut chunks = server.call_log.chunks(filter, format, detail, &server.base_url);
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
