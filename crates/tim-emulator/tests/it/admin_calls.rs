//! Recorded calls in the admin API: filters, waits and exports.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use serde_json::{Value, json};
use tim_emulator::{Emulator, Fault};

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

#[tokio::test]
async fn calls_are_found_by_text_failure_and_fault() {
    let emulator = client::start().await;
    check(&emulator, &["administrator"]);
    check(&emulator, &["Bob%"]);
    assert_eq!(call(&emulator, CHECK, "[]").code(), 60003);
    let fault = emulator.faults().add(Fault::status(502)).unwrap();
    call_raw(&emulator);
    emulator.faults().remove(fault);
    emulator.faults().add(Fault::hang_up()).unwrap();
    call_raw(&emulator);
    for (filter, expected) in [
        ("text=", vec![1, 2, 3, 4, 5]),
        ("text=bOB%25", vec![2]),
        ("text=60003", vec![3]),
        ("text=not+an+Object", vec![3]),
        ("text=not%2Ban", vec![]),
        ("text=502", vec![4]),
        ("text=contenttype%3Djson", vec![1, 2, 3, 4, 5]),
        ("failed=true", vec![2, 3, 4, 5]),
        ("failed=false", vec![1]),
        ("fault=1", vec![4]),
        ("fault=2", vec![5]),
        ("before=3", vec![1, 2]),
        ("before=5&failed=true&last=2", vec![3, 4]),
        ("before=4&after=2", vec![3]),
    ] {
        assert_eq!(numbers(&admin_ok(&emulator, "GET", &format!("calls?{filter}"), "")), expected, "{filter}");
        let summaries = admin_ok(&emulator, "GET", &format!("calls?{filter}&summary=true"), "");
        assert_eq!(numbers(&summaries), expected, "{filter}");
    }
    assert_eq!(numbers(&admin_ok(&emulator, "GET", "calls/wait?text=bob&failed=true", "")), [2]);
    for (query, hint) in [
        ("calls?failed=x", "true or false"),
        ("calls?before=x", "number"),
        ("calls?summary=1", "true or false"),
        ("calls/wait?summary=true", "summary"),
        ("events?last=1", "last"),
        ("events?before=1", "before"),
        ("calls/x", "number"),
        ("faults?ended=1", "true or false"),
    ] {
        let response = admin(&emulator, "GET", query, "");
        assert_eq!(response.status, 400, "{query}: {}", response.body);
        assert!(response.body["error"].as_str().unwrap().contains(hint), "{}", response.body);
    }
    assert_eq!(admin(&emulator, "GET", "calls/6", "").status, 404);
}

/// Sends a call whose response can be any bytes.
fn call_raw(emulator: &Emulator) {
    let query = client::query();
    let head =
        format!("POST /v4/{CHECK}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");
    send_raw(emulator, head.as_bytes());
}

#[tokio::test]
async fn a_list_can_omit_headers_and_bodies() {
    let emulator = client::start().await;
    check(&emulator, &["bob", "administrator"]);
    call(&emulator, CHECK, "[]");
    let list = admin_ok(&emulator, "GET", "calls?summary=true", "");
    let full = admin_ok(&emulator, "GET", "calls", "");
    for number in 0..2 {
        let mut expected = full[number].clone();
        let call = expected.as_object_mut().unwrap();
        let response = call.remove("response").unwrap()["body"].as_str().unwrap().to_owned();
        let response: Value = serde_json::from_str(&response).unwrap();
        call.remove("request").unwrap();
        let is_first = number == 0;
        call.insert("method".to_owned(), "POST".into());
        call.insert("path".to_owned(), format!("/v4/{CHECK}").into());
        call.insert("items".to_owned(), if is_first { json!(2) } else { Value::Null });
        call.insert("info".to_owned(), if is_first { Value::Null } else { response["ErrorInfo"].clone() });
        call.insert("target_count".to_owned(), json!(if is_first { 2 } else { 0 }));
        assert_eq!(list[number], expected);
        assert_eq!(admin_ok(&emulator, "GET", &format!("calls/{}", number + 1), ""), full[number]);
    }
}

#[tokio::test]
async fn events_are_filtered() {
    let emulator = client::start().await;
    (0..3).for_each(|_| check(&emulator, &["administrator"]));
    check(&emulator, &["bob"]);
    let mut stream = connect(&emulator);
    let head = "GET /_emulator/events?after=0&text=BOB&summary=true HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next_call = || {
        let event = lines.find(|line| line.starts_with("event: ")).unwrap();
        assert_eq!(event, "event: call", "no call is lost");
        let id = lines.next().unwrap();
        let data: Value = serde_json::from_str(lines.next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!((&data["path"], data.get("request")), (&json!("/v4/follow/follow_check"), None));
        id
    };
    assert_eq!(next_call(), "id: 4");
    check(&emulator, &["administrator"]);
    check(&emulator, &["bob"]);
    assert_eq!(next_call(), "id: 6");
}

/// A browser that connects again to an emulator that was started again.
#[tokio::test]
async fn a_stream_has_new_calls_below_the_number_after_which_it_starts() {
    let emulator = client::start().await;
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/events?after=50 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    // From here on it is subscribed.
    lines.find(|line| line.starts_with(": events")).unwrap();
    check(&emulator, &["bob"]);
    assert_eq!(lines.find(|line| line.starts_with("id: ")).unwrap(), "id: 1");
}

#[tokio::test]
async fn a_call_in_the_log_points_to_its_fault() {
    let emulator = client::start().await;
    let fault = |id: u64| admin_ok(&emulator, "GET", &format!("faults/{id}"), "");
    admin_ok(&emulator, "POST", "faults", r#"{"item_code":30006,"every":2,"next":1}"#);
    check(&emulator, &["a", "b", "c"]);
    let code = |item: usize| {
        let body = emulator.calls()[0].response().unwrap().json();
        body["ResultItem"][item]["ResultCode"].clone()
    };
    assert_eq!((code(1), code(0) == 30006, code(2) == 30006), (json!(30006), false, false));
    assert_eq!(
        fault(1),
        json!({ "id": 1, "item_code": 30006, "every": 2, "next": 1, "hits": 1, "active": false, "ended": "used_up" })
    );
    admin_ok(&emulator, "POST", "reset", r#"{"faults":true}"#);
    assert_eq!(admin_ok(&emulator, "POST", "faults", r#"{"code":1}"#), json!({ "id": 2 }));
    assert_eq!(fault(2), json!({ "id": 2, "code": 1, "hits": 0, "active": true }));
    assert_eq!(admin_ok(&emulator, "GET", "faults", ""), json!([{ "id": 2, "code": 1, "hits": 0 }]));
    assert_eq!(admin_ok(&emulator, "GET", "faults?ended=true", ""), json!([fault(1), fault(2)]));
    assert_eq!(admin(&emulator, "GET", "faults/3", "").status, 404);
}

#[tokio::test]
async fn a_text_to_search_for_has_at_most_500_bytes() {
    let emulator = client::start().await;
    for route in ["calls", "calls/export", "calls/wait", "events", "webhooks/deliveries"] {
        let path = format!("{route}?text={}", "a".repeat(501));
        let response = admin(&emulator, "GET", &path, "");
        assert_eq!(response.status, 400, "{route}");
        assert_eq!(response.body["error"], "text is longer than 500 bytes: send a shorter text");
    }
    admin_ok(&emulator, "GET", &format!("calls?text={}", "a".repeat(500)), "");
}
