//! The envelope of a response, which is decoded together with the body in one pass.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{ErrorCode, Printable, ResponseBody};

/// The keys that the responses of all commands have in common.
///
/// The service responds to a rejected call with HTTP 200 too, so only the envelope shows whether a
/// call succeeded. `Debug` escapes and cuts the texts as [`Printable`] does.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// `OK` or `FAIL`. Documented as always present, but treated as optional.
    #[serde(rename = "ActionStatus", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The code; 0 is success. The only key that is always present.
    #[serde(rename = "ErrorCode")]
    pub code: ErrorCode,
    /// The service's description of the failure. Can be empty or missing, even for a failure.
    #[serde(rename = "ErrorInfo", skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// A text for the users of the app. Empty in every documented sample.
    #[serde(rename = "ErrorDisplay", skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The id that the service gave to this call. Documented only for other products on the same
    /// hosts.
    #[serde(rename = "RequestId", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Envelope {
    /// Creates the envelope of a call that succeeded.
    pub fn ok() -> Self {
        Self::new("OK", ErrorCode::OK, "")
    }

    /// Creates the envelope of a call that was rejected.
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

    /// Returns whether the call succeeded: the code is 0, and the status is `OK` or missing.
    /// Single targets can still have failed; each item has a code of its own.
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

/// A complete response: the body of a command and the envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response<R> {
    /// The keys of the command. They have their defaults if the call was rejected, because the
    /// response then lacks them.
    #[serde(flatten)]
    pub body: R,
    /// The keys that all responses have in common.
    #[serde(flatten)]
    pub envelope: Envelope,
}

/// A response body without keys. Also useful to read only the envelope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

impl ResponseBody for Empty {}

/// The bytes are not a response of the service, or only a part of them can be read. Contains a
/// position or the name of a key, never the text of the response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}{}", .position.map(|(line, column)| format!(" at line {line}, column {column}")).unwrap_or_default())]
pub struct DecodeError {
    problem: Cow<'static, str>,
    /// Line and column.
    position: Option<(usize, usize)>,
}

impl DecodeError {
    /// An error about a key, without a position.
    pub(crate) fn new(problem: String) -> Self {
        Self { problem: problem.into(), position: None }
    }

    /// Whether the bytes are a response of the service with a code, and only the body cannot be
    /// read as a whole.
    pub fn is_about_body(&self) -> bool {
        self.position.is_none()
    }
}

impl<'de, R: Deserialize<'de>> Response<R> {
    /// Decodes a response strictly, in one pass. Unknown keys are ignored.
    /// [`Decoded::decode`](crate::Decoded::decode) also accepts responses that are not as
    /// documented.
    ///
    /// # Errors
    /// The bytes are not JSON in UTF-8, `ErrorCode` is missing, or the value of a known key has
    /// another type than documented.
    pub fn decode(bytes: &'de [u8]) -> Result<Self, DecodeError> {
        // One check of the whole text is faster than `from_slice`, which checks each string.
        let text = std::str::from_utf8(bytes).map_err(|error| DecodeError {
            problem: "this is not UTF-8".into(),
            position: Some((1, error.valid_up_to() + 1)),
        })?;
        serde_json::from_str(text).map_err(|error| DecodeError {
            problem: Cow::Borrowed(match error.classify() {
                serde_json::error::Category::Eof => "the JSON ends too early",
                serde_json::error::Category::Data => "the JSON is not a response to this command",
                _ => "this is not JSON",
            }),
            position: Some((error.line(), error.column())),
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
        f.write_str("a response of the service")
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

/// Takes the keys of the envelope and passes all others to the body. `serde(flatten)` would buffer
/// the whole response.
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

/// Sets a key that decides whether the call succeeded. Two different values are an error, because
/// such a response must not count as success.
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
    fn the_keys_of_envelope_and_body_can_have_any_order() {
        let response = decode(
            r#"{"ErrorCode":0,"ResultItem":[{"ResultInfo":"x","ResultCode":7,"To_Account":"bob"}],"New":[1],"RequestId":"r"}"#,
        )
        .unwrap();
        assert_eq!(response.body.items, [TargetResult::new("bob", ErrorCode(7), "x")]);
        assert!(response.envelope.is_ok());
        assert_eq!(response.envelope.request_id.as_deref(), Some("r"));
    }

    #[test]
    fn the_response_to_a_rejected_call_needs_no_body() {
        let response = decode(r#"{"ActionStatus":"FAIL","ErrorCode":60002,"ErrorInfo":"HTTP parse Error"}"#).unwrap();
        assert!(!response.envelope.is_ok());
        assert_eq!(response.envelope.code, ErrorCode::HTTP_PARSE);
        assert_eq!(response.body.items, []);
    }

    #[test]
    fn fail_with_code_0_is_not_ok() {
        assert!(!decode(r#"{"ActionStatus":"FAIL","ErrorCode":0}"#).unwrap().envelope.is_ok());
        assert!(decode(r#"{"ErrorCode":0}"#).unwrap().envelope.is_ok());
    }

    #[test]
    fn an_envelope_has_all_documented_keys() {
        let json = |envelope: Envelope| serde_json::to_string(&envelope).unwrap();
        assert_eq!(json(Envelope::ok()), r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""}"#);
        let rejection = json(Envelope::fail(ErrorCode(7), "x"));
        assert_eq!(rejection, r#"{"ActionStatus":"FAIL","ErrorCode":7,"ErrorInfo":"x","ErrorDisplay":""}"#);
    }

    #[test]
    fn debug_of_an_envelope_escapes_its_texts() {
        let shown = format!("{:?}", Envelope::fail(ErrorCode(7), "\u{1b}[2J"));
        assert!(
            shown.contains(r#"status: Some("FAIL"), code: "#) && shown.contains(r#"info: Some("\u{1b}[2J")"#),
            "{shown}"
        );
    }

    #[test]
    fn the_errors_of_other_formats_name_what_was_expected() {
        use serde::de::value::{Error, MapDeserializer};
        let other = serde_json::from_str::<Response<Empty>>("[]").unwrap_err().to_string();
        assert!(other.contains("expected a response of the service"), "{other}");
        let numbers = MapDeserializer::<_, Error>::new([(1_u8, 2_u8)].into_iter());
        let keys = Response::<TargetResults>::deserialize(numbers).unwrap_err().to_string();
        assert_eq!(keys, "invalid type: integer `1`, expected a key");
    }

    #[test]
    fn the_error_about_other_json_does_not_quote_it() {
        for (text, problem) in [
            ("<html>secret</html>", "this is not JSON at line 1, column 1"),
            (r#"{"ErrorCode":0"#, "the JSON ends too early at line 1, column 14"),
            (r#"{"ActionStatus":"OK"}"#, "the JSON is not a response to this command at line 1, column 21"),
            (r#"{"ErrorCode":"secret"}"#, "the JSON is not a response to this command at line 1, column 21"),
            ("[]", "the JSON is not a response to this command at line 1, column 0"),
        ] {
            assert_eq!(decode(text).unwrap_err().to_string(), problem, "{text}");
        }
    }

    #[test]
    fn invalid_utf_8_is_an_error() {
        let error = Response::<Empty>::decode(b"{\"ErrorCode\":0,\xff").unwrap_err();
        assert_eq!(error.to_string(), "this is not UTF-8 at line 1, column 16");
    }

    #[test]
    fn an_escaped_key_is_recognized() {
        assert_eq!(decode(r#"{"\u0045rrorCode":5}"#).unwrap().envelope.code, ErrorCode(5));
    }
}
