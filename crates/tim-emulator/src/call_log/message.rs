//! A request and a response as they were on the wire, without UserSigs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::{HeaderMap, Version};
use serde::ser::{SerializeSeq as _, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::gateway::query;
use crate::redact::{redact, redact_str, redact_target};

/// The request of a [`NewCall`](super::NewCall).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The target of the request line: path and query.
    pub(crate) target: &'a str,
    pub(crate) version: Version,
    pub(crate) headers: &'a HeaderMap,
    /// `None` if the body was too large, incomplete or too slow.
    pub(crate) body: Option<&'a [u8]>,
}

/// The response of a [`NewCall`](super::NewCall).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The request of a recorded call.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    method: String,
    target: String,
    version: Version,
    headers: Headers,
    body: Bytes,
    body_state: BodyState,
}

/// How the recorded body of a request differs from the body on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyState {
    Same,
    /// The body was too large, incomplete or too slow, so it was not recorded.
    Missing,
    /// A UserSig in the body was replaced.
    Redacted,
}

impl RecordedRequest {
    pub(super) fn new(request: Request<'_>) -> Self {
        let body = redact(request.body.unwrap_or_default());
        let body_state = match (request.body, &body) {
            (None, _) => BodyState::Missing,
            (Some(_), Cow::Borrowed(_)) => BodyState::Same,
            (Some(_), Cow::Owned(_)) => BodyState::Redacted,
        };
        Self {
            method: redact_str(request.method).into_owned(),
            target: redact_target(request.target),
            version: request.version,
            headers: Headers::new(request.headers),
            body: exact(&body),
            body_state,
        }
    }

    pub(crate) fn body_state(&self) -> BodyState {
        self.body_state
    }

    /// Returns the version in the request line, as hyper represents it.
    pub(crate) fn http_version(&self) -> Version {
        self.version
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the target of the request line, path and query, as it was received.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the path: the target without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// Returns the decoded query of the target, without the signature. If a key is repeated, the
    /// first value is returned.
    pub fn query(&self) -> BTreeMap<String, String> {
        query::without_signature(self.raw_query())
    }

    /// Returns the query of the target as it was received.
    pub(super) fn raw_query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Returns the version in the request line, for example `HTTP/1.1`.
    pub fn version(&self) -> &str {
        version_name(self.version)
    }

    /// The headers in their order, with names in lower case. Headers of one name follow each other.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter()
    }

    /// The value of the first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name)
    }

    /// Returns the body, byte for byte. It is empty if the body was too large or incomplete.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON. A body that is not JSON is a string, an empty one is null.
    pub fn json(&self) -> Value {
        json(&self.body)
    }

    /// Bytes on the heap.
    pub(super) fn size(&self) -> usize {
        self.method.len() + self.target.len() + self.headers.0.len() + self.body.len()
    }
}

impl Serialize for RecordedRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedRequest", 5)?;
        fields.serialize_field("method", &self.method)?;
        fields.serialize_field("target", &self.target)?;
        fields.serialize_field("version", self.version())?;
        fields.serialize_field("headers", &self.headers)?;
        serialize_body(&mut fields, &self.body)?;
        fields.end()
    }
}

/// The response of a recorded call.
#[derive(Debug, Clone)]
pub struct RecordedResponse {
    status: u16,
    headers: Headers,
    body: Bytes,
}

impl RecordedResponse {
    pub(super) fn new(response: Response<'_>) -> Self {
        Self { status: response.status, headers: Headers::new(response.headers), body: exact(&redact(response.body)) }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers in their order, with names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter()
    }

    /// The value of the first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name)
    }

    /// Returns the body as it was sent, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON. A body that is not JSON is a string, an empty one is null.
    pub fn json(&self) -> Value {
        json(&self.body)
    }

    /// Bytes on the heap.
    pub(super) fn size(&self) -> usize {
        self.headers.0.len() + self.body.len()
    }
}

impl Serialize for RecordedResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedResponse", 3)?;
        fields.serialize_field("status", &self.status)?;
        fields.serialize_field("headers", &self.headers)?;
        serialize_body(&mut fields, &self.body)?;
        fields.end()
    }
}

/// Headers as lines: `name: value` and CRLF. This needs less memory than a map. No value contains a
/// line break.
#[derive(Debug, Clone)]
struct Headers(Bytes);

impl Headers {
    fn new(headers: &HeaderMap) -> Self {
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let mut lines = Vec::with_capacity(length);
        for (name, value) in headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                lines.extend_from_slice(part);
            }
        }
        Self(match redact(&lines) {
            Cow::Borrowed(_) => lines.into(),
            Cow::Owned(redacted) => exact(&redacted),
        })
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let line = line.strip_suffix(b"\r")?;
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((str::from_utf8(line.get(..colon)?).ok()?, line.get(colon + 2..)?))
        })
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (name, value) in self.iter() {
            list.serialize_element(&(name, header_text(value)))?;
        }
        list.end()
    }
}

/// Returns a header value as text. A value that is not UTF-8 is decoded as ISO-8859-1, which maps
/// each byte to a character.
pub(super) fn header_text(value: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(value) {
        Ok(text) => text.into(),
        Err(_) => value.iter().copied().map(char::from).collect::<String>().into(),
    }
}

/// Writes the bytes in base64, without a copy of them.
pub(super) struct Base64<'a>(pub(super) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

fn serialize_body<S: SerializeStruct>(fields: &mut S, body: &[u8]) -> Result<(), S::Error> {
    match str::from_utf8(body) {
        Ok(text) => fields.serialize_field("body", text),
        Err(_) => fields.serialize_field("body_base64", &Base64(body)),
    }
}

/// Returns a copy. A received body is a part of the buffer of its connection; without a copy, the
/// whole buffer would stay in memory.
fn exact(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn json(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}
