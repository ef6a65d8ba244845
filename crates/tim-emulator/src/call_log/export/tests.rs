use serde_json::{Value, json};

use super::super::testing::call;
use super::*;

fn export(log: &CallLog, filter: &CallFilter, format: CallFormat) -> String {
    let chunks: Vec<_> = log.export(filter, format, "http://127.0.0.1:1").collect();
    assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= Chunks::CHUNK));
    String::from_utf8(chunks.concat()).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_empty_log_is_a_valid_file() {
    let log = CallLog::new(10);
    assert_eq!(export(&log, &CallFilter::new(), CallFormat::Ndjson), "");
    assert_eq!(export(&log, &CallFilter::new(), CallFormat::Json), "[]\n");
    let har: Value = serde_json::from_str(&export(&log, &CallFilter::new(), CallFormat::Har)).unwrap();
    assert_eq!(har["log"]["entries"], json!([]));
}

#[test]
fn every_format_has_the_calls_that_match() {
    let log = CallLog::new(10);
    for code in [0, 1, 0, 0] {
        log.push(call().code(code).new_call());
    }
    for (filter, expected) in [
        (CallFilter::new(), vec![1, 2, 3, 4]),
        (CallFilter::new().code(0).last(2), vec![3, 4]),
        (CallFilter::new().last(9), vec![1, 2, 3, 4]),
        (CallFilter::new().last(0), vec![]),
        (CallFilter::new().code(2), vec![]),
    ] {
        let numbers = |calls: &[Value], key| calls.iter().map(|call| call[key].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(numbers(&lines(&export(&log, &filter, CallFormat::Ndjson)), "number"), expected);
        let array: Vec<Value> = serde_json::from_str(&export(&log, &filter, CallFormat::Json)).unwrap();
        assert_eq!(numbers(&array, "number"), expected);
        let har: Value = serde_json::from_str(&export(&log, &filter, CallFormat::Har)).unwrap();
        assert_eq!(numbers(har["log"]["entries"].as_array().unwrap(), "_number"), expected);
    }
}

#[test]
fn a_line_is_the_call_as_json() {
    let log = CallLog::new(10);
    log.push(call().new_call());
    let line = serde_json::to_string(log.all()[0].as_ref()).unwrap();
    assert_eq!(export(&log, &CallFilter::new(), CallFormat::Ndjson), line + "\n");
}

/// A large call spans chunks, small ones share them.
#[test]
fn chunks_are_bounded_and_complete() {
    let log = CallLog::new(1000);
    for length in [0, 1, 200_000, 64 * 1024, 3] {
        log.push(call().request("\n\u{1}关".repeat(length)).new_call());
    }
    for _ in 0..500 {
        log.push(call().new_call());
    }
    for format in [CallFormat::Ndjson, CallFormat::Json] {
        let text = export(&log, &CallFilter::new(), format);
        let calls = if format == CallFormat::Json { serde_json::from_str(&text).unwrap() } else { lines(&text) };
        let expected: Vec<_> = log.all().iter().map(|call| serde_json::to_value(call.as_ref()).unwrap()).collect();
        assert!(calls == expected, "{format:?}");
    }
    let har: Value = serde_json::from_str(&export(&log, &CallFilter::new(), CallFormat::Har)).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 505);
}

#[test]
fn an_export_ends_with_the_calls_of_its_start() {
    let log = CallLog::new(1000);
    for _ in 0..1000 {
        log.push(call().new_call());
    }
    let mut chunks = log.export(&CallFilter::new(), CallFormat::Ndjson, "");
    let first = chunks.next().unwrap();
    for _ in 0..10 {
        log.push(call().new_call());
    }
    let text = String::from_utf8([first, chunks.collect::<Vec<_>>().concat().into()].concat()).unwrap();
    assert_eq!(lines(&text).last().unwrap()["number"], 1000);
}

#[test]
fn every_target_has_a_url() {
    let log = CallLog::new(10);
    for target in ["*", "/x?y", "//x", "http://h/x"] {
        let mut call = call();
        call.target = target.to_owned();
        log.push(call.new_call());
    }
    let har: Value = serde_json::from_str(&export(&log, &CallFilter::new(), CallFormat::Har)).unwrap();
    let urls: Vec<_> = har["log"]["entries"].as_array().unwrap().iter().map(|entry| &entry["request"]["url"]).collect();
    assert_eq!(urls, ["http://127.0.0.1:1/*", "http://127.0.0.1:1/x?y", "http://127.0.0.1:1//x", "http://h/x"]);
}

/// HAR 1.2, each field that is required.
#[test]
fn an_entry_has_the_fields_of_har() {
    let log = CallLog::new(10);
    let mut closed = call().request(&b"\xff"[..]);
    closed.is_closed = true;
    for call in [call(), closed, call().request("").response(&b"\xff"[..])] {
        log.push(call.new_call());
    }
    let har: Value = serde_json::from_str(&export(&log, &CallFilter::new(), CallFormat::Har)).unwrap();
    assert_eq!(har["log"]["version"], "1.2");
    assert_eq!(har["log"]["creator"], json!({ "name": "tim-emulator", "version": env!("CARGO_PKG_VERSION") }));
    let entries = &har["log"]["entries"];
    let type_header = json!({ "name": "content-type", "value": "application/json" });
    assert_eq!(
        entries[0],
        json!({
            "startedDateTime": "2023-12-11T02:35:18.007Z",
            "time": 2.0,
            "request": {
                "method": "POST",
                "url": "http://127.0.0.1:1/v4/follow/follow_add?sdkappid=1&usersig=[UserSig]&identifier=ad%20min",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [{ "name": "host", "value": "127.0.0.1:1" }, type_header],
                "queryString": [
                    { "name": "sdkappid", "value": "1" },
                    { "name": "usersig", "value": "[UserSig]" },
                    { "name": "identifier", "value": "ad min" },
                ],
                "postData": { "mimeType": "application/json", "text": "{}" },
                "headersSize": -1,
                "bodySize": 2,
            },
            "response": {
                "status": 200,
                "statusText": "OK",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [type_header],
                "content": { "size": 19, "mimeType": "application/json", "text": "{\"ErrorCode\":30001}" },
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": 19,
            },
            "cache": {},
            "timings": { "send": 0.0, "wait": 2.0, "receive": 0.0 },
            "_number": 1,
        })
    );
    assert_eq!(entries[1]["request"]["postData"]["_base64"], "/w==");
    assert_eq!((&entries[1]["response"]["status"], &entries[1]["response"]["content"]["size"]), (&0.into(), &0.into()));
    assert_eq!(entries[2]["request"].get("postData"), None);
    let content = json!({ "size": 1, "mimeType": "application/json", "text": "/w==", "encoding": "base64" });
    assert_eq!(entries[2]["response"]["content"], content);
}
