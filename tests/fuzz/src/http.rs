//! Any requests have responses: calls have an envelope that tim-types can decode, and requests to
//! the admin API have JSON. No response contains the signature of a call.
//!
//! Requests are separated by lines with `---`. Each has a line with the method and the target,
//! lines with headers, an empty line, and a body. `{sig}` in the target is a valid UserSig.

use std::sync::LazyLock;
use std::time::Duration;

use tim_emulator::{DirectRequest, DirectRequestError, DirectResponse};
use tim_sig::{SecretKey, Signer};
use tim_types::{Decoded, Empty};

use crate::emulator::{self, NOW};
use crate::{KEY, SDKAPPID, first_line};

/// How long a response can take. A fault or a stream can take longer; both are no errors.
const LIMIT: Duration = Duration::from_millis(300);
/// The most requests of an input.
const MAX_REQUESTS: usize = 6;
const SEPARATOR: &[u8] = b"\n---\n";
const ADMIN: &str = "/_emulator";

static SIGNATURE: LazyLock<String> = LazyLock::new(|| {
    let signer = Signer::new(SDKAPPID, SecretKey::new(KEY)).unwrap();
    signer.sign("administrator", Duration::from_secs(86_400), NOW).unwrap().expose().to_owned()
});

pub(crate) fn run(bytes: &[u8]) {
    let emulator = emulator::fresh();
    let client = emulator.direct_client();
    // A fault that an earlier request added can change any later response.
    let mut is_configured = false;
    for bytes in split(bytes).into_iter().take(MAX_REQUESTS) {
        let (line, rest) = first_line(bytes);
        let (method, target) = line.split_at(line.iter().position(|byte| *byte == b' ').unwrap_or(line.len()));
        let (Ok(method), Ok(target)) = (str::from_utf8(method), str::from_utf8(target)) else { continue };
        let target = target.trim_ascii().replace("usersig={sig}", &format!("usersig={}", *SIGNATURE));
        let is_admin = target.contains(ADMIN);
        if is_ignored(&target) {
            continue;
        }
        let (headers, body) = headers(rest);
        let sent = client.send(DirectRequest { method, target: &target, headers: &headers, body }, LIMIT);
        match sent {
            Ok(response) => check(&response, &target, !is_configured),
            Err(DirectRequestError::Invalid | DirectRequestError::TimedOut) => {}
            Err(error) => assert!(is_configured, "{error}"),
        }
        is_configured |= is_admin;
    }
}

/// Webhooks would be sent to the URL in the request, and a stream of events has no end.
fn is_ignored(target: &str) -> bool {
    ["/webhooks", "/events", "/calls/wait"].iter().any(|path| target.contains(path))
}

fn check(response: &DirectResponse, target: &str, is_unchanged: bool) {
    let body = &response.body;
    assert!((200..600).contains(&response.status), "{}", response.status);
    assert!(!body.windows(SIGNATURE.len()).any(|part| part == SIGNATURE.as_bytes()), "a signature is in the response");
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with("/v4/") && is_unchanged && !body.is_empty() {
        let decoded = Decoded::<Empty>::decode(body);
        assert!(decoded.is_ok(), "{decoded:?}: {}", String::from_utf8_lossy(body));
    }
    if path.starts_with("/_emulator/") && response.content_type == "application/json" {
        let json = serde_json::from_slice::<serde_json::Value>(body);
        assert!(json.is_ok(), "{json:?}: {}", String::from_utf8_lossy(body));
    }
}

fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(SEPARATOR.len()).position(|part| part == SEPARATOR) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + SEPARATOR.len()..];
    }
    parts.push(bytes);
    parts
}

/// The headers up to an empty line, and the body.
fn headers(mut rest: &[u8]) -> (Vec<(&str, &[u8])>, &[u8]) {
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let (line, behind) = first_line(rest);
        rest = behind;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        headers.extend(str::from_utf8(name).ok().map(|name| (name, value)));
    }
    (headers, rest)
}
