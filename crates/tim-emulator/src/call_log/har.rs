//! A recorded call as an entry of a HAR 1.2 file (HTTP Archive).

use std::borrow::Cow;

use hyper::StatusCode;
use serde::Serialize;

use super::message::{Base64, RecordedRequest, RecordedResponse, header_text};
use super::record::CallRecord;
use crate::gateway::query;

/// The value of an unknown size.
const UNKNOWN: i64 = -1;

/// The fields of HAR. Fields that start with `_` are extensions of the emulator.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    started_date_time: String,
    time: f64,
    request: Request<'a>,
    response: Response<'a>,
    cache: Cache,
    timings: Timings,
    #[serde(rename = "_number")]
    number: u64,
    #[serde(rename = "_faults", skip_serializing_if = "<[_]>::is_empty")]
    faults: &'a [u64],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method: &'a str,
    url: String,
    http_version: &'a str,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    query_string: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    headers_size: i64,
    body_size: usize,
}

#[derive(Serialize)]
struct Pair<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct PostData<'a> {
    #[serde(rename = "mimeType")]
    mime_type: Cow<'a, str>,
    text: Cow<'a, str>,
    /// HAR 1.2 has no field for a request that is not text.
    #[serde(rename = "_base64", skip_serializing_if = "Option::is_none")]
    base64: Option<Base64<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: u16,
    status_text: &'static str,
    http_version: &'a str,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    content: Content<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    headers_size: i64,
    body_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Serialize)]
struct Content<'a> {
    size: usize,
    #[serde(rename = "mimeType")]
    mime_type: Cow<'a, str>,
    text: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Plain(&'a str),
    Base64(Base64<'a>),
}

/// Empty: the emulator has no cache.
#[derive(Serialize)]
struct Cache {}

/// In milliseconds. Only the whole duration is known.
#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

impl<'a> Entry<'a> {
    /// Returns the entry of a call. `base_url` is the base URL of the emulator.
    pub(super) fn new(call: &'a CallRecord, base_url: &str) -> Self {
        let time = call.duration.as_secs_f64() * 1000.0;
        let version = call.request().version();
        Self {
            started_date_time: iso_8601(call.at_ms),
            time,
            request: request(call.request(), base_url),
            response: call.response().map_or_else(|| no_response(version), |sent| response(sent, version)),
            cache: Cache {},
            timings: Timings { send: 0.0, wait: time, receive: 0.0 },
            number: call.number,
            faults: &call.faults,
        }
    }
}

fn request<'a>(request: &'a RecordedRequest, base_url: &str) -> Request<'a> {
    let target = request.target();
    let is_absolute = target.starts_with("http://") || target.starts_with("https://");
    let post_data = || PostData {
        mime_type: content_type(request.header("content-type")),
        text: String::from_utf8_lossy(request.body()),
        base64: str::from_utf8(request.body()).is_err().then_some(Base64(request.body())),
    };
    let decoded = |(name, value): (String, String)| Pair { name: name.into(), value: value.into() };
    Request {
        method: request.method(),
        // The target `*` of OPTIONS is not a path.
        url: if is_absolute {
            target.to_owned()
        } else {
            format!("{base_url}/{}", target.strip_prefix('/').unwrap_or(target))
        },
        http_version: request.version(),
        cookies: [],
        headers: request.headers().map(header).collect(),
        query_string: query::pairs(request.raw_query()).map(decoded).collect(),
        post_data: (!request.body().is_empty()).then(post_data),
        headers_size: UNKNOWN,
        body_size: request.body().len(),
    }
}

fn response<'a>(response: &'a RecordedResponse, version: &'a str) -> Response<'a> {
    let body = response.body();
    let (text, encoding) = match str::from_utf8(body) {
        Ok(text) => (Text::Plain(text), None),
        Err(_) => (Text::Base64(Base64(body)), Some("base64")),
    };
    let mime_type = content_type(response.header("content-type"));
    let reason = StatusCode::from_u16(response.status()).ok().and_then(|status| status.canonical_reason());
    Response {
        status: response.status(),
        status_text: reason.unwrap_or_default(),
        http_version: version,
        cookies: [],
        headers: response.headers().map(header).collect(),
        content: Content { size: body.len(), mime_type, text, encoding },
        redirect_url: "",
        headers_size: UNKNOWN,
        body_size: body.len(),
        comment: None,
    }
}

/// HAR needs a response. Browsers write status 0 for a connection that was closed.
fn no_response(version: &str) -> Response<'_> {
    Response {
        status: 0,
        status_text: "",
        http_version: version,
        cookies: [],
        headers: Vec::new(),
        content: Content { size: 0, mime_type: content_type(None), text: Text::Plain(""), encoding: None },
        redirect_url: "",
        headers_size: UNKNOWN,
        body_size: 0,
        comment: Some("the connection was closed without a response"),
    }
}

fn header<'a>((name, value): (&'a str, &'a [u8])) -> Pair<'a> {
    Pair { name: name.into(), value: header_text(value) }
}

/// `x-unknown` is what browsers write for a body without a type.
fn content_type(header: Option<&[u8]>) -> Cow<'_, str> {
    header.map_or("x-unknown".into(), header_text)
}

/// Formats a unix time in UTC, for example `2023-12-11T02:35:18.000Z`. A later time than the year
/// 9999 is written as the last millisecond of that year.
fn iso_8601(unix_ms: u64) -> String {
    let unix_ms = unix_ms.min(253_402_300_799_999);
    let (days, ms) = (unix_ms / 86_400_000, unix_ms % 86_400_000);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}

/// Returns the Gregorian date `days` days after 1970-01-01. In the calculation, a year starts on 1
/// March, so a leap day is the last day of its year. 400 years have 146097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As GNU date prints them.
    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso_8601(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(iso_8601(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso_8601(1_702_262_118_007), "2023-12-11T02:35:18.007Z");
        assert_eq!(iso_8601(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(iso_8601(u64::MAX), "9999-12-31T23:59:59.999Z");
    }
}
