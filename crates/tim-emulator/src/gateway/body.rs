//! The errors of the gateway for a body that the command cannot decode.

use serde_json::{Map, Value};
use tim_types::{Envelope, ErrorCode};

use crate::command_error::gateway_error;

/// The keys whose value is an account or a list of accounts.
const ACCOUNT_KEYS: [&str; 5] = ["From_Account", "To_Account", "UserID", "Identifier", "Accounts"];

/// The keys of the user of a call. The first key that is present counts.
const SUBJECT_KEYS: [&str; 3] = ["From_Account", "UserID", "Identifier"];

/// Checks that the body is a JSON object whose accounts are strings. Returns the user of the call.
pub(crate) fn inspect(body: &[u8]) -> Result<Option<String>, Envelope> {
    let reject = |info: String| Err(gateway_error(ErrorCode::JSON_PARSE, info));
    if body.iter().all(u8::is_ascii_whitespace) {
        return reject("the body is empty: send a JSON object, at least {}".to_owned());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => accounts_are_strings(&object).map(|()| subject(&object)),
        Ok(_) => reject("the body is JSON, but not an object: send {\"key\": value, ...}".to_owned()),
        Err(error) => reject(format!("the body is not JSON ({error}): send a JSON object")),
    }
}

fn subject(object: &Map<String, Value>) -> Option<String> {
    SUBJECT_KEYS.iter().find_map(|key| object.get(*key)?.as_str()).map(str::to_owned)
}

/// Checks the object and the objects in its lists. No command has accounts at a deeper level.
fn accounts_are_strings(object: &Map<String, Value>) -> Result<(), Envelope> {
    let in_lists = object.values().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
    for (key, value) in std::iter::once(object).chain(in_lists).flatten() {
        let good = match value {
            Value::Array(accounts) => accounts.iter().all(Value::is_string),
            account => account.is_string(),
        };
        if ACCOUNT_KEYS.contains(&key.as_str()) && !good {
            let info = format!("{key} has an account that is not a string: send each user id as a JSON string");
            return Err(gateway_error(ErrorCode::ACCOUNT_NOT_STRING, info));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &[u8]) -> ErrorCode {
        inspect(body).err().map_or(ErrorCode::OK, |envelope| envelope.code)
    }

    #[test]
    fn only_an_object_is_a_body() {
        for body in [&b""[..], b" \r\n", b"{", b"[]", b"null", b"\"x\"", b"{\"a\":1,}", b"\xff\xfe", b"{} {}", b"\0"] {
            assert_eq!(code(body), ErrorCode::JSON_PARSE, "{body:?}");
        }
        assert_eq!(code(b"{}"), ErrorCode::OK);
        assert_eq!(code(b" {\"New\": [1, {\"x\": null}]} "), ErrorCode::OK);
    }

    #[test]
    fn depth_is_no_danger() {
        assert_eq!(code("[".repeat(100_000).as_bytes()), ErrorCode::JSON_PARSE);
        assert_eq!(code("{\"a\":".repeat(100_000).as_bytes()), ErrorCode::JSON_PARSE);
    }

    #[test]
    fn accounts_are_strings_wherever_they_stand() {
        for body in [
            r#"{"From_Account":7}"#,
            r#"{"From_Account":null}"#,
            r#"{"To_Account":["bob",7]}"#,
            r#"{"To_Account":[["bob"]]}"#,
            r#"{"FollowItem":[{"To_Account":"bob"},{"To_Account":true}]}"#,
            r#"{"CheckItem":[{"UserID":{}}]}"#,
            r#"{"Accounts":[1]}"#,
            r#"{"Identifier":1.5}"#,
        ] {
            assert_eq!(code(body.as_bytes()), ErrorCode::ACCOUNT_NOT_STRING, "{body}");
        }
        assert_eq!(code(br#"{"From_Account":"a","To_Account":["b"],"WantNum":1}"#), ErrorCode::OK);
    }

    #[test]
    fn a_call_is_about_its_first_account() {
        let subject = |body: &str| inspect(body.as_bytes()).unwrap();
        assert_eq!(subject(r#"{"To_Account":["b"],"UserID":"u","From_Account":"a"}"#).as_deref(), Some("a"));
        assert_eq!(subject(r#"{"UserID":"u"}"#).as_deref(), Some("u"));
        assert_eq!(subject(r#"{"DeleteItem":[{"UserID":"u"}]}"#), None);
    }
}
