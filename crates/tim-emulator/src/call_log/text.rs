//! Searches the text of a call.

use super::message::{RecordedRequest, RecordedResponse};
use super::record::CallRecord;
use crate::text_search::contains;

/// Whether a part of the call contains the text: the command, the target of the request line, the
/// users, the codes, the HTTP status, and both bodies. ASCII letters match in both cases.
pub(super) fn call_contains(call: &CallRecord, text: &str) -> bool {
    let text = text.as_bytes();
    let names = call.command.into_iter().chain(call.user.as_deref()).chain(call.targets.iter().map(String::as_str));
    let codes = || call.code.into_iter().chain(call.item_codes.iter().copied()).chain(call.status().map(i64::from));
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    names.map(str::as_bytes).any(|name| contains(name, text))
        || (is_number && codes().any(|code| contains(code.to_string().as_bytes(), text)))
        || contains(RecordedRequest::target(call.request()).as_bytes(), text)
        || contains(call.request().body(), text)
        || contains(call.response().map_or(&[], RecordedResponse::body), text)
}
