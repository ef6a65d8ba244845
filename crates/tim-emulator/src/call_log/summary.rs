//! A short form of a recorded call, for lists.

use serde::{Deserialize, Serialize, Serializer};

use super::message::RecordedResponse;
use super::record::CallRecord;

/// How much of a recorded call is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Full,
    Summary,
}

impl Detail {
    /// Returns what is shown of the call, to serialize it.
    pub(crate) fn of(self, call: &CallRecord) -> Shown<'_> {
        Shown(self, call)
    }
}

pub(crate) struct Shown<'a>(Detail, &'a CallRecord);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(detail, call) = self;
        match detail {
            Detail::Full => call.serialize(serializer),
            Detail::Summary => Summary::new(call).serialize(serializer),
        }
    }
}

/// A recorded call without its headers and bodies.
#[derive(Serialize)]
struct Summary<'a> {
    number: u64,
    at_ms: u64,
    duration_us: u64,
    command: Option<&'static str>,
    user: Option<&'a str>,
    targets: Vec<&'a str>,
    target_count: usize,
    status: Option<u16>,
    code: Option<i64>,
    item_codes: &'a [i64],
    faults: &'a [u64],
    method: &'a str,
    path: &'a str,
    info: Option<String>,
    items: Option<usize>,
    replay_of: Option<u64>,
}

impl<'a> Summary<'a> {
    const MAX_TARGETS: usize = 20;
    /// More than the items of any command of the service.
    const MAX_ITEM_CODES: usize = 1000;
    const MAX_FAULTS: usize = 20;
    /// The maximum number of characters of a text.
    const MAX_TEXT: usize = 300;

    fn new(call: &'a CallRecord) -> Self {
        Self {
            number: call.number,
            at_ms: call.at_ms,
            duration_us: call.duration_us(),
            command: call.command,
            user: call.user.as_deref().map(start),
            targets: call.targets.iter().take(Self::MAX_TARGETS).map(|target| start(target)).collect(),
            target_count: call.targets.len(),
            status: call.status(),
            code: call.code,
            item_codes: call.item_codes.get(..Self::MAX_ITEM_CODES).unwrap_or(&call.item_codes),
            faults: call.faults.get(..Self::MAX_FAULTS).unwrap_or(&call.faults),
            method: start(call.request().method()),
            path: start(call.request().path()),
            info: error_info(call),
            items: (call.items > 0).then_some(call.items),
            replay_of: call.replay_of,
        }
    }
}

/// Returns the `ErrorInfo` of a call that failed, or its start.
fn error_info(call: &CallRecord) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "ErrorInfo")]
        info: String,
    }
    call.code.filter(|code| *code != 0)?;
    let body = call.response().map(RecordedResponse::body)?;
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    Some(start(&envelope.info).to_owned())
}

/// Returns the start of a text.
fn start(text: &str) -> &str {
    let end = text.char_indices().nth(Summary::MAX_TEXT).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::call;
    use super::super::{CallLog, NewCall, Request};
    use super::*;

    fn summary(call: NewCall<'_>) -> serde_json::Value {
        let log = CallLog::new(1);
        log.push(call);
        serde_json::to_value(Detail::Summary.of(&log.all()[0])).unwrap()
    }

    #[test]
    fn a_summary_has_no_headers_and_no_bodies() {
        let call = call().response("{\"ErrorCode\":30001,\"ErrorInfo\":\"bad\"}").item_codes(&[30003]);
        assert_eq!(
            summary(NewCall { replay_of: Some(3), ..call.new_call() }).to_string(),
            json!({
                "number": 1, "at_ms": 1_702_262_118_007_u64, "duration_us": 2000, "command": "follow_add", "user": "bob",
                "targets": ["carol"], "target_count": 1, "status": 200, "code": 30001, "item_codes": [30003],
                "faults": [], "method": "POST", "path": "/v4/follow/follow_add", "info": "bad", "items": 1,
                "replay_of": 3,
            })
            .to_string()
        );
    }

    #[test]
    fn a_summary_is_short() {
        let info = "关".repeat(301);
        let call = call().response(json!({ "ErrorInfo": info }).to_string());
        let targets: Vec<_> = (0..21).map(|number| number.to_string()).collect();
        let summary = summary(NewCall { targets: targets.clone(), ..call.new_call() });
        assert_eq!(summary["info"].as_str().unwrap().chars().count(), 300);
        assert_eq!((&summary["targets"], &summary["target_count"]), (&json!(targets[..20]), &json!(21)));
        assert_eq!(summary["items"], json!(null));
    }

    #[test]
    fn each_part_of_a_summary_is_bounded() {
        let long = "关".repeat(100_000);
        let target = format!("/{}", "x".repeat(100_000));
        let codes = vec![30003; 100_000];
        let call = call().item_codes(&codes);
        let call = NewCall {
            user: Some(&long),
            targets: vec![long.clone(); 30],
            faults: (0..30).collect(),
            ..call.new_call()
        };
        let request = Request { method: &long, target: &target, ..call.request };
        let summary = summary(NewCall { request, ..call });
        for text in [&summary["user"], &summary["targets"][19], &summary["method"], &summary["path"]] {
            assert_eq!(text.as_str().unwrap().chars().count(), 300);
        }
        let count = |key: &str| summary[key].as_array().unwrap().len();
        assert_eq!((count("targets"), count("item_codes"), count("faults")), (20, 1000, 20));
    }

    #[test]
    fn only_a_call_with_a_code_has_an_info() {
        let ok = call().code(0).response("{\"ErrorInfo\":\"x\"}");
        assert_eq!(summary(ok.new_call())["info"], json!(null));
        assert_eq!(summary(call().response("{\"ErrorInf").new_call())["info"], json!(null));
    }
}
