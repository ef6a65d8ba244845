//! Searches the text of a call.

use super::message::{RecordedRequest, RecordedResponse};
use super::record::CallRecord;

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

/// Whether the text contains the part. ASCII letters match in both cases.
fn contains(text: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else { return true };
    let both = [first.to_ascii_lowercase(), first.to_ascii_uppercase()];
    // No match starts after the last position at which the rest fits.
    let Some(mut starts) = text.get(..(text.len() + 1).saturating_sub(part.len())) else { return false };
    while let Some(at) = starts.iter().position(|byte| both.contains(byte)) {
        let (_, later) = starts.split_at(at + 1);
        let start = text.len() - (later.len() + rest.len());
        if text.get(start..start + rest.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest)) {
            return true;
        }
        starts = later;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_at_each_position() {
        let found = |text: &str, part: &str| contains(text.as_bytes(), part.as_bytes());
        for part in ["", "a", "A", "bC", "Cd", "d", "abcd", "ABCD"] {
            assert!(found("aBcD", part), "{part}");
        }
        for part in ["x", "abcde", "ac", "da", "[", "dd"] {
            assert!(!found("aBcD", part), "{part}");
        }
        assert!(found("", "") && !found("", "a"));
        assert!(found("aab", "ab") && found("a关注b", "关") && !found("a关注b", "心"));
        assert!(!found("@[", "`{"), "only letters match in both cases");
    }
}
