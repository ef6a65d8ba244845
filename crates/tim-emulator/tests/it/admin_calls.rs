//! Recorded calls in the admin API: filters, waits and exports.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};
use tim_emulator::Emulator;

use crate::client::{self, admin, admin_ok, call, connect, send_raw, unchunked, until};

const CHECK: &str = "follow/follow_check";

fn check(emulator: &Emulator, targets: &[&str]) {
    let body = json!({ "From_Account": "administrator", "To_Account": targets });
    assert_eq!(call(emulator, CHECK, &body.to_string()).code(), 0);
}

fn numbers(calls: &Value) -> Vec<u64> {
    calls.as_array().unwrap().iter().map(|call| call["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn calls_are_found_by_target_item_code_and_time() {
    let emulator = client::start().await;
    check(&emulator, &["administrator"]);
    check(&emulator, &["bob"]);
    emulator.time().advance(std::time::Duration::from_secs(10));
    check(&emulator, &["bob", "a&b"]);
    let later = (client::NOW + 10) * 1000;
    for (filter, expected) in [
        ("", vec![1, 2, 3]),
        ("?target=bob", vec![2, 3]),
        ("?target=a%26b", vec![3]),
        ("?code=30003", vec![2, 3]),
        ("?code=30003&last=1", vec![3]),
        (&format!("?since_ms={later}"), vec![3]),
        (&format!("?until_ms={}", later - 1), vec![1, 2]),
    ] {
        assert_eq!(numbers(&admin_ok(&emulator, "GET", &format!("calls{filter}"), "")), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_wait_ends_with_the_call_that_it_waits_for() {
    let emulator = client::start().await;
    check(&emulator, &["bob"]);
    let enough = admin_ok(&emulator, "GET", "calls/wait?target=bob", "");
    assert_eq!(numbers(&enough), [1]);

    let mut stream = connect(&emulator);
    let head = "GET /_emulator/calls/wait?target=bob&count=2&timeout_ms=600000 HTTP/1.1\r\nHost: localhost\r\n\
                Connection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    check(&emulator, &["administrator"]);
    check(&emulator, &["bob"]);
    check(&emulator, &["bob"]);
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!(numbers(&serde_json::from_str(&unchunked(body)).unwrap()), [1, 3]);
}

#[tokio::test]
async fn a_wait_that_times_out_has_what_it_found() {
    let emulator = client::start().await;
    check(&emulator, &["bob"]);
    check(&emulator, &["administrator"]);
    let response = admin(&emulator, "GET", "calls/wait?target=bob&count=2&timeout_ms=1", "");
    assert_eq!((response.status, &response.body["matched"]), (408, &json!(1)));
    assert_eq!(numbers(&response.body["calls"]), [1]);
    let error = response.body["error"].as_str().unwrap();
    assert!(error.contains("1 of 2 calls matched (target=bob)") && error.contains("2 follow_check"), "{error}");
}

#[tokio::test]
async fn a_wait_whose_client_goes_away_is_no_harm() {
    let emulator = client::start().await;
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/calls/wait HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    drop(stream);
    check(&emulator, &["bob"]);
    until(|| emulator.calls().len() == 1);
}

#[tokio::test]
async fn calls_are_exported_as_files() {
    let emulator = client::start().await;
    check(&emulator, &["bob"]);
    check(&emulator, &["administrator"]);
    let export = |query: &str| {
        let request =
            format!("GET /_emulator/calls/export?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let response = String::from_utf8(send_raw(&emulator, request.as_bytes())).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), unchunked(body))
    };
    let (head, lines) = export("");
    assert!(head.contains("content-disposition: attachment; filename=\"calls.ndjson\"\r\n"), "{head}");
    let calls: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(calls), admin_ok(&emulator, "GET", "calls", ""));

    let (head, har) = export("format=har&target=bob");
    assert!(head.contains("content-disposition: attachment; filename=\"calls.har\"\r\n"), "{head}");
    let har: Value = serde_json::from_str(&har).unwrap();
    assert_eq!((har["log"]["entries"].as_array().unwrap().len(), &har["log"]["version"]), (1, &json!("1.2")));
}
