//! Recorded calls that are sent again.

use std::time::Duration;

use serde_json::{Value, json};
use tim_emulator::{CallRecord, Emulator, Fault, Quirks, RateLimit, Window};

use crate::client::{self, admin, admin_ok, call, call_with, query, send, sig, throw, until};

const FOLLOW: &str = "{\"From_Account\":\"alice\",\n \"FollowItem\":[{\"To_Account\":\"bob\"}]}";
const CHECK: &str = r#"{"From_Account":"administrator","To_Account":["bob"]}"#;

fn replay(emulator: &Emulator, number: u64) -> Value {
    admin_ok(emulator, "POST", &format!("calls/{number}/replay"), "")
}

fn query_of(call: &CallRecord, key: &str) -> String {
    call.request().query()[key].clone()
}

#[tokio::test]
async fn a_call_is_sent_again_with_a_new_signature() {
    let emulator = client::start().await;
    emulator.state().import("x,alice\nx,bob".as_bytes()).unwrap();
    assert_eq!(call(&emulator, "follow/follow_add", FOLLOW).code(), 0);
    emulator.state().reset().unwrap();
    emulator.state().import("x,alice\nx,bob".as_bytes()).unwrap();
    // The first UserSig has expired.
    emulator.time().advance(Duration::from_secs(3600));
    let record = replay(&emulator, 1);
    assert_eq!((&record["number"], &record["replay_of"], &record["code"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!(record, admin_ok(&emulator, "GET", "calls/2", ""));
    assert_eq!(emulator.state().totals().unwrap().follows, 3);

    let calls = emulator.calls();
    let (first, second) = (&calls[0], &calls[1]);
    assert_eq!((first.replay_of, second.replay_of), (None, Some(1)));
    assert_eq!(first.request().body(), second.request().body());
    assert_eq!(first.request().path(), second.request().path());
    assert!(first.request().headers().eq(second.request().headers()));
    assert_eq!(second.at_ms, (client::NOW + 3600) * 1000);
    assert_eq!(query_of(second, "identifier"), "administrator");
    assert_ne!(query_of(first, "random"), query_of(second, "random"));
    assert!(second.request().target().contains("usersig=[UserSig]&"), "{}", second.request().target());
}

#[tokio::test]
async fn faults_and_rate_limits_apply_to_a_replay() {
    let emulator = client::start().await;
    assert_eq!(call(&emulator, "follow/follow_check", CHECK).code(), 0);
    emulator.faults().add(Fault::hang_up().next(1)).unwrap();
    let closed = replay(&emulator, 1);
    assert_eq!((&closed["status"], &closed["code"], &closed["faults"]), (&Value::Null, &Value::Null, &json!([1])));
    emulator.time().freeze();
    emulator.set_rate_limit(Some(RateLimit { calls_per_second: 1, window: Window::Fixed }));
    assert_eq!([replay(&emulator, 1)["code"].clone(), replay(&emulator, 1)["code"].clone()], [json!(0), json!(60007)]);
    // A replay can be sent again too.
    assert_eq!(replay(&emulator, 4)["replay_of"], 4);
}

#[tokio::test]
async fn a_call_that_was_rejected_is_rejected_again() {
    let quirks = Quirks { random_required: true, ..Quirks::default() };
    let emulator = client::builder().quirks(quirks).start().await.unwrap();
    for (method, target, body) in [
        ("POST", "/v4/follow/follow_all?".to_owned() + &query(), &b"{}"[..]),
        ("POST", "/v4/follow/follow_check".to_owned(), b"{}"),
        ("POST", "/v4/follow/follow_check?".to_owned() + &query().replace("random=", "random=x"), b"{}"),
        ("POST", "/v4/follow/follow_check?".to_owned() + &query().replace("identifier=", "identifier=%FF"), b"{}"),
        ("POST", "/v4/follow/follow_check?".to_owned() + &query(), b"\xff"),
        ("PUT", "/v4/follow/follow_check?".to_owned() + &query(), b""),
    ] {
        let code = send(&emulator, method, &target, "", body).code();
        let last = emulator.calls().len() as u64;
        let record = replay(&emulator, last);
        assert_eq!((&record["code"], code == 0), (&json!(code), false), "{method} {target}: {record}");
        assert_eq!(emulator.calls().last().unwrap().request().body(), body);
    }
}

#[tokio::test]
async fn a_call_that_is_not_in_the_log_as_it_was_is_not_sent_again() {
    let emulator = client::start().await;
    let rejected = |number: &str, status: u16, hint: &str| {
        let response = admin(&emulator, "POST", &format!("calls/{number}/replay"), "");
        assert_eq!(response.status, status, "{}", response.body);
        assert!(response.body["error"].as_str().unwrap().contains(hint), "{}", response.body);
    };
    rejected("1", 404, "does not have call 1");
    rejected("x", 400, "number");
    call(&emulator, "follow/follow_check", &format!("{{\"From_Account\":\"{}\"}}", sig("administrator")));
    rejected("1", 409, "UserSig");
    let head = format!("POST /v4/follow/follow_check?{} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{", query());
    throw(&emulator, head.as_bytes());
    until(|| emulator.calls().len() == 2);
    rejected("2", 409, "incomplete");
    call_with(&emulator, "follow/follow_check", &query(), CHECK);
    let origin = "Origin: http://evil.example\r\n";
    assert_eq!(send(&emulator, "POST", "/_emulator/calls/3/replay", origin, b"").status, 403);
    assert_eq!(emulator.calls().len(), 3);
}
