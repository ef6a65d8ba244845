use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::support::{
    APP, FOLLOW, Listener, OK, TOKEN, follow_query, now, run_webhook, send, send_follow, send_raw, signed, token_file,
    unsigned,
};
use crate::program::tim;
use crate::schema;

#[test]
fn an_event_is_a_row_and_the_response_is_that_of_the_documents() {
    let mut listener = Listener::start("listen-row", "--events 3");
    for is_duplicate in [false, true] {
        let received = send_follow(listener.address);
        assert_eq!((received.status, received.body.as_str()), (200, OK));
        assert!(received.head.contains("content-type: application/json"), "{}", received.head);
        let row = listener.row();
        assert_eq!(row["event"], "Follow.CallbackAfterFollowAdd");
        assert_eq!((&row["user"], &row["targets"]), (&json!("alice"), &json!(["bob"])));
        assert_eq!((&row["duplicate"], &row["question"]), (&json!(is_duplicate), &json!(false)));
        assert_eq!(row["query"], unsigned("Follow.CallbackAfterFollowAdd"));
        assert_eq!(row["body"], serde_json::from_str::<Value>(FOLLOW).unwrap());
        assert!(now() - row["received_at"].as_u64().unwrap() < 60);
    }
    let unknown = r#"{"CallbackCommand":"Group.CallbackAfterNewMemberJoin","GroupId":"g"}"#;
    let query = signed("Group.CallbackAfterNewMemberJoin", now());
    assert_eq!(send(listener.address, "POST", &query, unknown).status, 200);
    let run = listener.finish().exits(0).says("3 events received (1 duplicate), 0 requests rejected");
    schema::check("webhook listen", &run);
    assert_eq!((&run.objects()[2]["user"], &run.objects()[2]["body"]["GroupId"]), (&Value::Null, &json!("g")));
}

#[test]
fn requests_that_are_not_of_the_service_get_the_documented_status() {
    let listener = Listener::start("listen-rejected", "--events 1 --max-body 64KiB --tolerance 1m");
    let follow = "Follow.CallbackAfterFollowAdd";
    let wrong = signed(follow, now()).replace("Sign=", "Sign=0");
    let large = format!("{{\"CallbackCommand\":\"{follow}\",\"x\":\"{}\"}}", "x".repeat(10 << 20));
    for (method, query, body, status, reason) in [
        ("POST", wrong, FOLLOW, 403, "invalid Sign"),
        ("POST", signed(follow, now() - 70), FOLLOW, 403, "too far from now"),
        ("POST", signed(follow, now() + 70), FOLLOW, 403, "too far from now"),
        ("POST", unsigned(follow), FOLLOW, 403, "no Sign"),
        ("POST", signed(follow, now()).replace("14000", "15000"), FOLLOW, 403, "the app 1500000000"),
        ("POST", follow_query(), &large, 413, "larger than 65536 bytes"),
        ("GET", follow_query(), "", 405, "not POST"),
        ("POST", "x=1".to_owned(), FOLLOW, 400, "SdkAppid"),
        ("POST", follow_query(), "{", 400, "not a valid event"),
        ("POST", signed("State.StateChange", now()), FOLLOW, 400, "differ"),
    ] {
        let received = send(listener.address, method, &query, body);
        assert_eq!(received.status, status, "{method} {reason}: {}", received.body);
        let body: Value = serde_json::from_str(&received.body).unwrap();
        assert!(body["ErrorInfo"].as_str().unwrap().contains(reason), "{body}");
        assert_eq!(received.head.contains("allow: post"), status == 405);
    }
    assert_eq!(send_follow(listener.address).status, 200);
    let run = listener.finish().exits(0).says("1 event received (0 duplicates), 10 requests rejected");
    for (status, reason) in [(403, "invalid Sign"), (413, "larger"), (405, "not POST"), (400, "differ")] {
        let line = run.stderr.lines().find(|line| line.contains(reason)).unwrap();
        assert!(line.contains(&format!("with HTTP {status}: ")) && line.contains("from 127.0.0.1:"), "{line}");
    }
}

#[test]
fn a_slow_sender_gets_408_after_two_seconds() {
    let listener = Listener::start("listen-slow", "--events 1");
    let length = FOLLOW.len();
    let head = format!("POST /?{} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n", follow_query());
    let mut stream = TcpStream::connect(listener.address).unwrap();
    stream.write_all(format!("{head}{}", &FOLLOW[..20]).as_bytes()).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    send_follow(listener.address);
    listener.finish().exits(0).says("did not come within 2 seconds");
}

#[test]
fn a_client_that_waits_for_100_continue_gets_the_rejection_before_it_sends_the_body() {
    let listener = Listener::start("listen-expect", "--events 1");
    let head = format!("POST /?{} HTTP/1.1\r\nhost: x\r\ncontent-length: 10485760\r\n", unsigned("x"));
    let received = send_raw(listener.address, &format!("{head}expect: 100-continue\r\nconnection: close\r\n\r\n"));
    assert_eq!(received.status, 403);
}

#[test]
fn unsigned_events_are_accepted_only_on_request() {
    let args = format!("webhook listen --sdkappid {APP} --events 1");
    run_webhook(&mut tim(&args)).exits(2).says("--no-token");
    let listener = Listener::spawn(&mut tim(&format!("{args} --no-token")));
    let query = unsigned("Follow.CallbackAfterFollowAdd");
    assert_eq!(send(listener.address, "POST", &query, FOLLOW).status, 200);
    let run = listener.finish().exits(0);
    let words: Vec<_> = run.stdout.lines().nth(1).unwrap().split_whitespace().skip(2).collect();
    assert_eq!(words, ["Follow.CallbackAfterFollowAdd", "alice", "bob", "no"]);
}

#[test]
fn both_tokens_of_a_rotation_are_accepted() {
    let other = crate::program::file("webhook-other.token", "the next token");
    let mut command = tim(&format!("webhook listen --json --sdkappid {APP} --events 2 --token-file"));
    let listener = Listener::spawn(command.arg(other).arg("--token-file").arg(token_file("listen-rotation")));
    assert_eq!(send_follow(listener.address).status, 200);
    let next = tim_webhook::WebhookToken::new("the next token");
    let query =
        format!("{}&Sign={}&RequestTime={}", unsigned("Follow.CallbackAfterFollowAdd"), next.sign(now()), now());
    assert_eq!(send(listener.address, "POST", &query, FOLLOW).status, 200);
    listener.finish().exits(0);
}

#[test]
fn a_question_is_allowed_or_rejected_for_each_target() {
    let body = r#"{"CallbackCommand":"Sns.CallbackPrevFriendAdd","Requester_Account":"alice","From_Account":"alice","FriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web"}],"EventTime":1}"#;
    for (flag, code) in [("", 0), ("--reject-questions", 38001)] {
        let mut listener = Listener::start("listen-question", &format!("--events 1 {flag}"));
        let received = send(listener.address, "POST", &signed("Sns.CallbackPrevFriendAdd", now()), body);
        let response: Value = serde_json::from_str(&received.body).unwrap();
        assert_eq!(response["ResultItem"][0]["To_Account"], "bob");
        assert_eq!((received.status, &response["ResultItem"][0]["ResultCode"]), (200, &json!(code)));
        assert_eq!(listener.row()["question"], true);
        listener.finish().exits(0);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_a_summary() {
    for signal in ["-TERM", "-INT"] {
        let mut listener = Listener::start("listen-signal", "");
        // It does not wait forever for a connection without a request.
        let _idle = TcpStream::connect(listener.address).unwrap();
        send_follow(listener.address);
        listener.row();
        listener.end_with(signal).exits(0).says("1 event received");
    }
}

#[test]
fn invalid_arguments_are_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (args, hint) in [
        (format!("--listen {address}"), "choose another with --listen"),
        ("--listen localhost".to_owned(), "127.0.0.1:9000"),
        ("--max-body 1MB".to_owned(), "64KiB"),
        ("--tolerance 5".to_owned(), "15m"),
        ("--events 0".to_owned(), "--events"),
        ("--forward-to ftp://x".to_owned(), "http://"),
        ("--timeout 1s".to_owned(), "--forward-to"),
        ("--record /nonexistent/events".to_owned(), "/nonexistent/events"),
        ("--emulator".to_owned(), "TIM_BASE_URL"),
    ] {
        run_webhook(&mut tim(&format!("webhook listen --no-token --sdkappid {APP} {args}"))).exits(2).says(hint);
    }
    run_webhook(tim("webhook listen --token-file").arg(token_file("listen-no-app"))).exits(2).says("TIM_SDKAPPID");
}

/// Texts that control a terminal, in the query, the body and the method.
#[test]
fn hostile_requests_are_printed_harmlessly() {
    let is_bad = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2066}' | '\u{2028}'));
    let event = "E\u{1b}[2J\nFORGED\u{202e}\u{9b}";
    let encoded: String = event.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = json!({"CallbackCommand": event, "x": event}).to_string();
    for format in ["", "--json"] {
        let token = token_file("listen-hostile");
        let mut command = tim(&format!("webhook listen --sdkappid {APP} {format} --events 1 --token-file"));
        let listener = Listener::spawn(command.arg(token));
        assert_eq!(send(listener.address, "POST", &follow_query(), "{\"CallbackCommand\":7,\"\u{9b}\":}").status, 400);
        assert_eq!(send(listener.address, "M!#", &follow_query(), "").status, 405);
        assert_eq!(send(listener.address, "POST", &signed(&encoded, now()), &body).status, 200);
        let run = listener.finish().exits(0);
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(is_bad) && !text.lines().any(|line| line.starts_with("FORG")), "{text:?}");
        }
        assert!(run.stdout.contains("u{1b}") || run.stdout.contains("u001b"), "{}", run.stdout);
    }
    assert!(!event.contains(TOKEN));
}
