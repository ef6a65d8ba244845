//! Builds a call again from its record.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Uri};

use crate::call_log::{BodyState, CallRecord, RecordedRequest};
use crate::clock::ClockReading;
use crate::gateway::{Gateway, IncomingCall, query};
use crate::redact::is_usersig;

/// The reason why a recorded call cannot be sent again.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(
        "call {0} cannot be sent again: its body was not recorded, because it was too large, incomplete or too slow; \
         send the call from its client"
    )]
    BodyMissing(u64),
    #[error(
        "call {0} cannot be sent again: its body contained a UserSig, which the log does not keep; send the call from \
         its client"
    )]
    BodyRedacted(u64),
    #[error("call {0} cannot be sent again: {1:?} is not the target of a request; send the call from its client")]
    Target(u64, String),
}

/// Returns the recorded call with a new UserSig of the same identifier, and a new `random`.
pub(crate) fn replay(call: &CallRecord, gateway: &Gateway, now: ClockReading) -> Result<IncomingCall, ReplayError> {
    let request = call.request();
    match request.body_state() {
        BodyState::Same => {}
        BodyState::Missing => return Err(ReplayError::BodyMissing(call.number)),
        BodyState::Redacted => return Err(ReplayError::BodyRedacted(call.number)),
    }
    let target = match request.target().split_once('?') {
        Some((path, query)) => format!("{path}?{}", with_new_values(query, gateway, now)),
        None => request.target().to_owned(),
    };
    let uri: Uri = target.parse().map_err(|_| ReplayError::Target(call.number, request.target().to_owned()))?;
    let headers = headers(request);
    let host = request.header("host").and_then(|host| str::from_utf8(host).ok());
    Ok(IncomingCall {
        from: call.from(),
        method: request.method().to_owned(),
        host: uri.host().or(host).unwrap_or_default().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        target,
        version: request.http_version(),
        headers,
        body: Some(request.body().to_vec().into()),
        is_foreign: false,
        replay_of: Some(call.number),
    })
}

/// Returns the query with new values. A missing or invalid `random` stays, because the response can
/// depend on it.
fn with_new_values(text: &str, gateway: &Gateway, now: ClockReading) -> String {
    let identifier = query::pairs(text).find(|(key, _)| key == "identifier").map(|(_, value)| value);
    let signature = identifier.and_then(|identifier| gateway.sign(&identifier, now));
    let replace = |pair: &str| match pair.split_once('=') {
        Some((key, value)) if is_usersig(key) && !value.is_empty() => {
            signature.as_ref().map(|signature| format!("{key}={}", signature.expose()))
        }
        Some((key @ "random", value)) if value.parse::<u32>().is_ok() => Some(format!("{key}={}", fastrand::u32(..))),
        _ => None,
    };
    let pairs = text.split('&').map(|pair| replace(pair).unwrap_or_else(|| pair.to_owned()));
    pairs.collect::<Vec<_>>().join("&")
}

fn headers(request: &RecordedRequest) -> HeaderMap {
    let header = |(name, value): (&str, &[u8])| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers().filter_map(header) {
        headers.append(name, value);
    }
    headers
}
