use serde_json::{Value, json};

use super::testing::call;
use super::*;

fn numbers(calls: &[Arc<CallRecord>]) -> Vec<u64> {
    calls.iter().map(|call| call.number).collect()
}

fn one(call: &testing::TestCall) -> Arc<CallRecord> {
    let log = CallLog::new(1);
    log.push(call.new_call());
    log.all().remove(0)
}

#[test]
fn a_call_is_written_as_it_was_on_the_wire() {
    let record = one(&call().request("{ \"b\":1,\n\"a\":\"\\u0061\",\"a\":2 }").item_codes(&[30003]));
    assert_eq!(
        serde_json::to_string(record.as_ref()).unwrap(),
        concat!(
            r#"{"number":1,"at_ms":1702262118007,"duration_us":2000,"command":"follow_add","user":"bob","#,
            r#""targets":["carol"],"status":200,"code":30001,"item_codes":[30003],"faults":[],"replay_of":null,"#,
            r#""request":{"method":"POST","#,
            r#""target":"/v4/follow/follow_add?sdkappid=1&usersig=[UserSig]&identifier=ad%20min","#,
            r#""version":"HTTP/1.1","headers":[["host","127.0.0.1:1"],["content-type","application/json"]],"#,
            r#""body":"{ \"b\":1,\n\"a\":\"\\u0061\",\"a\":2 }"},"#,
            r#""response":{"status":200,"headers":[["content-type","application/json"]],"#,
            r#""body":"{\"ErrorCode\":30001}"}}"#
        )
    );
    let request = record.request();
    assert_eq!((request.method(), request.path(), request.version()), ("POST", "/v4/follow/follow_add", "HTTP/1.1"));
    assert_eq!(json!(request.query()), json!({ "sdkappid": "1", "identifier": "ad min" }));
    assert_eq!((request.header("host"), request.header("x")), (Some(&b"127.0.0.1:1"[..]), None));
    assert_eq!((request.json(), record.response().unwrap().json()), (json!({"a":2,"b":1}), json!({"ErrorCode":30001})));
}

#[test]
fn a_connection_that_was_closed_has_no_response() {
    let mut closed = call();
    closed.is_closed = true;
    let record = one(&closed);
    assert!(record.response().is_none() && record.status().is_none());
    let value = serde_json::to_value(record.as_ref()).unwrap();
    assert_eq!((&value["response"], &value["status"]), (&Value::Null, &Value::Null));
}

#[test]
fn bodies_that_are_not_json_are_kept() {
    let record = one(&call().request("").response("<html>"));
    assert_eq!((record.request().json(), record.response().unwrap().json()), (Value::Null, "<html>".into()));
    let record = one(&call().request(&b"\xff{"[..]));
    assert_eq!((record.request().body(), record.request().json()), (&b"\xff{"[..], "\u{fffd}{".into()));
    let value = serde_json::to_value(record.as_ref()).unwrap();
    assert_eq!((&value["request"]["body_base64"], &value["request"]["body"]), (&"/3s=".into(), &Value::Null));
}

#[test]
fn headers_keep_their_order_and_bytes() {
    let mut many = call();
    many.headers.append("x-a", "1: 2".parse().unwrap());
    many.headers.append("x-empty", "".parse().unwrap());
    many.headers.append("x-a", hyper::header::HeaderValue::from_bytes(b"caf\xe9").unwrap());
    let record = one(&many);
    let headers: Vec<_> = record.request().headers().skip(2).collect();
    assert_eq!(headers, [("x-a", &b"1: 2"[..]), ("x-a", b"caf\xe9"), ("x-empty", b"")]);
    assert_eq!(serde_json::to_value(record.request()).unwrap()["headers"][3], json!(["x-a", "caf\u{e9}"]));
}

#[test]
fn no_part_of_a_call_keeps_a_signature() {
    let sig = format!("eJw{}", "x".repeat(150));
    let escaped = sig.replace('e', "\\u0065");
    let mut call = call().request(format!("{{\"a\":\"{escaped}\"}}")).response(format!("\"{sig}\""));
    call.target = format!("/v4/{sig}/b?identifier={sig}");
    call.headers.insert("x-sig", sig.parse().unwrap());
    let new = NewCall { user: Some(&sig), targets: vec![sig.clone()], ..call.new_call() };
    let log = CallLog::new(1);
    log.push(new);
    let text = format!("{:?} {}", log.all(), serde_json::to_string(log.all()[0].as_ref()).unwrap());
    assert!(!text.contains("xxxxxxxx"), "{text}");
    assert_eq!(text.matches("[UserSig]").count(), 14);
}

#[test]
fn only_the_last_calls_are_kept() {
    let log = CallLog::new(3);
    for _ in 0..5 {
        log.push(call().new_call());
    }
    assert_eq!(numbers(&log.all()), [3, 4, 5]);
    log.clear();
    log.push(call().new_call());
    assert_eq!(numbers(&log.all()), [6]);
    let none = CallLog::new(0);
    none.push(call().new_call());
    assert_eq!(none.len(), 0);
}

#[test]
fn large_calls_make_room_for_each_other() {
    let megabyte = " ".repeat(1024 * 1024);
    let mut large_header = call();
    large_header.headers.insert("x", "y".repeat(1024 * 1024).parse().unwrap());
    for large in [call().request(megabyte.as_str()), call().response(megabyte.as_str()), large_header] {
        let log = CallLog::new(1000);
        for _ in 0..40 {
            log.push(large.new_call());
        }
        assert_eq!(numbers(&log.all()), (26..=40).collect::<Vec<_>>());
        assert!(log.all().iter().map(|call| call.size()).sum::<usize>() <= Kept::MAX_BYTES);
    }
}

#[test]
fn the_memory_of_the_log_can_be_set() {
    let size = one(&call()).size();
    let log = CallLog::new(1000).max_bytes(3 * size);
    for _ in 0..5 {
        log.push(call().new_call());
    }
    assert_eq!(numbers(&log.all()), [3, 4, 5]);
}

#[test]
fn a_text_is_found_in_each_part_of_a_call() {
    let call = call().request(&b"ReQuest\xe9"[..]).response("{\"ErrorInfo\":\"bad\"}").item_codes(&[30003]);
    let log = CallLog::new(1);
    log.push(call.new_call());
    let found = |text: &str| !log.matching(&CallFilter::new().text(text)).is_empty();
    for text in
        ["", "FOLLOW_", "sdkappid=1&", "[usersig]", "Bob", "CARO", "30001", "3000", "30003", "request", "BAD", "200"]
    {
        assert!(found(text), "{text}");
    }
    for text in ["secret", "127.0.0.1", "30002", "post", "caroll"] {
        assert!(!found(text), "{text}");
    }
}

#[test]
fn a_filter_selects_failed_calls() {
    let log = CallLog::new(10);
    let mut closed = call().code(0);
    closed.is_closed = true;
    log.push(call().code(0).item_codes(&[0, 0]).new_call());
    log.push(call().code(0).item_codes(&[0, 30003]).new_call());
    log.push(call().code(30001).new_call());
    log.push(NewCall { code: None, ..closed.new_call() });
    let unavailable = Response { status: 503, headers: &hyper::HeaderMap::new(), body: b"" };
    log.push(NewCall { code: None, faults: vec![7], response: Some(unavailable), ..call().new_call() });
    assert_eq!(numbers(&log.matching(&CallFilter::new().failed(true))), [2, 3, 4, 5]);
    assert_eq!(numbers(&log.matching(&CallFilter::new().failed(false))), [1]);
    assert_eq!(numbers(&log.matching(&CallFilter::new().fault(7))), [5]);
}

#[test]
fn a_filter_selects_calls() {
    let log = CallLog::new(10);
    log.push(call().code(0).item_codes(&[30003]).new_call());
    log.push(NewCall { at_ms: 5, user: Some("dora"), ..call().new_call() });
    log.push(NewCall { command: None, user: None, targets: vec![], ..call().code(60009).new_call() });
    log.push(NewCall { targets: vec!["x".into(), "y".into()], ..call().code(0).new_call() });
    let filter = CallFilter::new;
    for (filter, expected) in [
        (filter(), vec![1, 2, 3, 4]),
        (filter().command("follow_add"), vec![1, 2, 4]),
        (filter().command("follow"), vec![]),
        (filter().user("dora"), vec![2]),
        (filter().target("carol"), vec![1, 2]),
        (filter().target("y"), vec![4]),
        (filter().code(30003), vec![1]),
        (filter().code(0), vec![1, 4]),
        (filter().since_ms(6), vec![1, 3, 4]),
        (filter().until_ms(5), vec![2]),
        (filter().since_ms(5).until_ms(5), vec![2]),
        (filter().after(2), vec![3, 4]),
        (filter().last(2), vec![3, 4]),
        (filter().last(0), vec![]),
        (filter().code(0).last(1), vec![4]),
        (filter().code(0).user("dora"), vec![]),
    ] {
        assert_eq!(numbers(&log.matching(&filter)), expected, "{filter}");
    }
}

#[test]
fn a_watcher_that_falls_behind_loses_the_oldest() {
    let log = CallLog::new(10);
    let mut watcher = log.watch();
    for _ in 0..=CallLog::MAX_BEHIND {
        log.push(call().new_call());
    }
    assert!(matches!(watcher.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1))));
    assert_eq!(watcher.try_recv().unwrap().unwrap().number, 2);
}
