//! The response of a receiver.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Response, StatusCode};
use serde::de::IgnoredAny;

use super::connection::Connection;
use super::failure::Failure;
use crate::redact::redact;

/// Maximum size of the body of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// The response of a receiver.
pub(super) struct Received {
    pub(super) status: StatusCode,
    /// At most [`MAX_RESPONSE`] bytes.
    body: Vec<u8>,
    /// The reason why the body is incomplete.
    incomplete: Option<Failure>,
}

impl Received {
    /// Reads the body from `connection`.
    pub(super) async fn read(response: Response<Incoming>, connection: &Connection) -> Self {
        let (status, mut from, mut body) = (response.status(), response.into_body(), Vec::new());
        let incomplete = loop {
            let data = match from.frame().await {
                None => break None,
                Some(Err(error)) => break Some(connection.failure(&error)),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            let room = MAX_RESPONSE.saturating_sub(body.len());
            body.extend(data.iter().take(room));
            if data.len() > room {
                let reason = format!("the response of the receiver is larger than {MAX_RESPONSE} bytes");
                break Some(Failure::bad_response(reason));
            }
        };
        Self { status, body, incomplete }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.incomplete.is_none()
    }

    /// Returns why the attempt failed.
    pub(super) fn failure(self) -> Option<Failure> {
        if self.incomplete.is_some() {
            return self.incomplete;
        }
        if self.status != StatusCode::OK {
            return Some(Failure::bad_response(format!("the receiver returned HTTP {}", self.status)));
        }
        let invalid = serde_json::from_slice::<IgnoredAny>(&self.body).err()?;
        Some(Failure::bad_response(format!("the response of the receiver is not JSON: {invalid}")))
    }

    /// Returns the body without UserSigs and without the `Sign` of the request.
    pub(super) fn text(&self, sign: Option<&str>) -> String {
        let text = String::from_utf8_lossy(&redact(&self.body)).into_owned();
        match sign {
            Some(sign) => without_sign(&text, sign),
            None => text,
        }
    }
}

/// Replaces a signature, in upper or lower case.
fn without_sign(text: &str, sign: &str) -> String {
    let (lower, sign) = (text.to_ascii_lowercase(), sign.to_ascii_lowercase());
    let (mut kept, mut copied) = (String::new(), 0);
    for (start, _) in lower.match_indices(&sign) {
        kept.extend([text.get(copied..start).unwrap_or_default(), "[Sign]"]);
        copied = start + sign.len();
    }
    kept + text.get(copied..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_replaced_in_upper_and_lower_case() {
        assert_eq!(without_sign("关 0aF 0Af0af 0a", "0af"), "关 [Sign] [Sign][Sign] 0a");
        assert_eq!(without_sign("", "0af"), "");
    }
}
