//! The envelope around every answer, read together with the body in one pass.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{ErrorCode, Printable, ResponseBody};

/// The keys that every answer shares. The HTTP status says nothing: a refused call is HTTP 200 with a code in here.
/// `Debug` shows its texts as [`Printable`] does.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// `OK` or `FAIL`; not in every answer.
    #[serde(rename = "ActionStatus", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// 0 for success. The only key that every answer has.
    #[serde(rename = "ErrorCode")]
    pub code: ErrorCode,
    /// What went wrong, in the service's words; may be empty or missing even then.
    #[serde(rename = "ErrorInfo", skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// A text that may be shown to the users of the app; empty in every documented sample.
    #[serde(rename = "ErrorDisplay", skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The name that the service gave to this call; documented for sibling products only.
    #[serde(rename = "RequestId", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Envelope {
    /// The envelope of a call that was done.
    pub fn ok() -> Self {
        Self::new("OK", ErrorCode::OK, "")
    }

    /// The envelope of a call that was refused.
    pub fn fail(code: ErrorCode, info: impl Into<String>) -> Self {
        Self::new("FAIL", code, info)
    }

    fn new(status: &str, code: ErrorCode, info: impl Into<String>) -> Self {
        Self {
            status: Some(status.to_owned()),
            code,
            info: Some(info.into()),
            display: Some(String::new()),
            request_id: None,
        }
    }

    /// Whether the call was done: code 0 and not `FAIL`. Single items of a batch may have failed all the same.
    pub fn is_ok(&self) -> bool {
        self.code == ErrorCode::OK && self.status.as_deref().is_none_or(|status| status == "OK")
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [&self.status, &self.info, &self.display, &self.request_id];
        let [status, info, display, request_id] = texts.map(|text| text.as_deref().map(Printable));
        f.debug_struct("Envelope")
            .field("status", &status)
            .field("code", &self.code)
            .field("info", &info)
            .field("display", &display)
            .field("request_id", &request_id)
            .finish()
    }
}

/// A whole answer: the body of a command and the envelope around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response<R> {
    /// What the command answers. A refused call lacks these keys, so they are at their defaults.
    #[serde(flatten)]
    pub body: R,
    /// What every answer carries.
    #[serde(flatten)]
    pub envelope: Envelope,
}

/// The body of an answer that has none, or whose body is of no interest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

impl ResponseBody for Empty {}

/// A text is not an answer of this service. Holds a place or the name of a key, never the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}{}", .place.map(|(line, column)| format!(" at line {line}, column {column}")).unwrap_or_default())]
pub struct DecodeError {
    problem: Cow<'static, str>,
    /// Line and column.
    place: Option<(usize, usize)>,
}

impl DecodeError {
    /// An error that is about a key and not about a place.
    pub(crate) fn new(problem: String) -> Self {
        Self { problem: problem.into(), place: None }
    }
}

impl<'de, R: Deserialize<'de>> Response<R> {
    /// Reads an answer strictly, in one pass. [`Decoded::decode`](crate::Decoded::decode) tolerates more.
    ///
    /// # Errors
    /// The bytes are not JSON in UTF-8, have no `ErrorCode`, or a known key holds something of another type. Unknown keys
    /// are ignored.
    pub fn decode(bytes: &'de [u8]) -> Result<Self, DecodeError> {
        // Checking the text once and reading it as `&str` is faster than `from_slice`, which checks string by string.
        let text = std::str::from_utf8(bytes).map_err(|error| DecodeError {
            problem: "this is not UTF-8".into(),
            place: Some((1, error.valid_up_to() + 1)),
        })?;
        serde_json::from_str(text).map_err(|error| DecodeError {
            problem: Cow::Borrowed(match error.classify() {
                serde_json::error::Category::Eof => "the JSON ends too early",
                serde_json::error::Category::Data => "the JSON is not an answer to this command",
                _ => "this is not JSON",
            }),
            place: Some((error.line(), error.column())),
        })
    }
}

impl<'de, R: Deserialize<'de>> Deserialize<'de> for Response<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ResponseVisitor(PhantomData))
    }
}

struct ResponseVisitor<R>(PhantomData<R>);

impl<'de, R: Deserialize<'de>> Visitor<'de> for ResponseVisitor<R> {
    type Value = Response<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the service")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Response<R>, A::Error> {
        let mut envelope = Envelope::default();
        let mut code = None;
        let intercept = Intercept { map, envelope: &mut envelope, code: &mut code };
        let body = R::deserialize(MapAccessDeserializer::new(intercept))?;
        envelope.code = code.ok_or_else(|| A::Error::missing_field("ErrorCode"))?;
        Ok(Response { body, envelope })
    }
}

/// Hands every key to the body but those of the envelope: `serde(flatten)` would buffer the whole answer instead.
struct Intercept<'a, A> {
    map: A,
    envelope: &'a mut Envelope,
    code: &'a mut Option<ErrorCode>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Intercept<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, mut seed: K) -> Result<Option<K::Value>, A::Error> {
        loop {
            let field = match self.map.next_key_seed(Key(seed))? {
                None => return Ok(None),
                Some(Found::Body(key)) => return Ok(Some(key)),
                Some(Found::Envelope(field, unused)) => {
                    seed = unused;
                    field
                }
            };
            match field {
                Field::Status => set_once(&mut self.envelope.status, self.map.next_value()?)?,
                Field::Code => set_once(self.code, Some(self.map.next_value()?))?,
                Field::Info => self.envelope.info = self.map.next_value()?,
                Field::Display => self.envelope.display = self.map.next_value()?,
                Field::RequestId => self.envelope.request_id = self.map.next_value()?,
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Sets what says whether the call succeeded. A contradiction is not a success.
fn set_once<T: PartialEq, E: serde::de::Error>(into: &mut Option<T>, value: Option<T>) -> Result<(), E> {
    if into.is_some() && *into != value {
        return Err(E::custom("a key occurs twice with different values"));
    }
    *into = value;
    Ok(())
}

enum Field {
    Status,
    Code,
    Info,
    Display,
    RequestId,
}

enum Found<K, V> {
    Envelope(Field, K),
    Body(V),
}

struct Key<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<K> {
    type Value = Found<K, K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<K> {
    type Value = Found<K, K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let field = match key {
            "ActionStatus" => Field::Status,
            "ErrorCode" => Field::Code,
            "ErrorInfo" => Field::Info,
            "ErrorDisplay" => Field::Display,
            "RequestId" => Field::RequestId,
            _ => return self.0.deserialize(key.into_deserializer()).map(Found::Body),
        };
        Ok(Found::Envelope(field, self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TargetResult, TargetResults};

    fn decode(text: &str) -> Result<Response<TargetResults>, DecodeError> {
        Response::decode(text.as_bytes())
    }

    #[test]
    fn envelope_and_body_may_stand_in_any_order() {
        let answer = decode(
            r#"{"ErrorCode":0,"ResultItem":[{"ResultInfo":"x","ResultCode":7,"To_Account":"bob"}],"New":[1],"RequestId":"r"}"#,
        )
        .unwrap();
        assert_eq!(answer.body.items, [TargetResult::new("bob", ErrorCode(7), "x")]);
        assert!(answer.envelope.is_ok());
        assert_eq!(answer.envelope.request_id.as_deref(), Some("r"));
    }

    #[test]
    fn a_refused_call_lacks_the_body() {
        let answer = decode(r#"{"ActionStatus":"FAIL","ErrorCode":60002,"ErrorInfo":"HTTP parse Error"}"#).unwrap();
        assert!(!answer.envelope.is_ok());
        assert_eq!(answer.envelope.code, ErrorCode::HTTP_PARSE);
        assert_eq!(answer.body.items, []);
    }

    #[test]
    fn fail_with_code_0_is_not_ok() {
        assert!(!decode(r#"{"ActionStatus":"FAIL","ErrorCode":0}"#).unwrap().envelope.is_ok());
        assert!(decode(r#"{"ErrorCode":0}"#).unwrap().envelope.is_ok());
    }

    #[test]
    fn what_is_not_an_answer_is_refused_without_quoting_it() {
        for (text, problem) in [
            ("<html>secret</html>", "this is not JSON at line 1, column 1"),
            (r#"{"ErrorCode":0"#, "the JSON ends too early at line 1, column 14"),
            (r#"{"ActionStatus":"OK"}"#, "the JSON is not an answer to this command at line 1, column 21"),
            (r#"{"ErrorCode":"secret"}"#, "the JSON is not an answer to this command at line 1, column 21"),
            ("[]", "the JSON is not an answer to this command at line 1, column 0"),
        ] {
            assert_eq!(decode(text).unwrap_err().to_string(), problem, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let error = Response::<Empty>::decode(b"{\"ErrorCode\":0,\xff").unwrap_err();
        assert_eq!(error.to_string(), "this is not UTF-8 at line 1, column 16");
    }

    #[test]
    fn escaped_keys_are_keys() {
        assert_eq!(decode(r#"{"\u0045rrorCode":5}"#).unwrap().envelope.code, ErrorCode(5));
    }
}
