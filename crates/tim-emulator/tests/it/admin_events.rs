//! The stream of calls in the admin API.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::Value;

use crate::client::{self, call, connect, send};

const CHECK: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn events_are_sent_as_calls_arrive() {
    let emulator = client::start().await;
    call(&emulator, CHECK, BODY);
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next_call = || {
        lines.find(|line| line == "event: call").unwrap();
        let id = lines.next().unwrap();
        let data: Value = serde_json::from_str(lines.next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
        (id, data["code"].as_i64().unwrap())
    };
    assert_eq!(next_call(), ("id: 1".to_owned(), 0));
    call(&emulator, CHECK, "");
    assert_eq!(next_call(), ("id: 2".to_owned(), 60003));
}

/// A browser that connects again repeats the query and adds the header.
#[tokio::test]
async fn events_resume_after_the_last_one() {
    let emulator = client::start().await;
    (0..3).for_each(|_| drop(call(&emulator, CHECK, BODY)));
    let mut stream = connect(&emulator);
    let head = "GET /_emulator/events?after=0 HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut ids = BufReader::new(stream).lines().map(Result::unwrap).filter(|line| line.starts_with("id: "));
    assert_eq!(ids.next().unwrap(), "id: 3");
    call(&emulator, CHECK, BODY);
    assert_eq!(ids.next().unwrap(), "id: 4");
    let wrong = send(&emulator, "GET", "/_emulator/events", "Last-Event-ID: x\r\n", b"");
    assert_eq!((wrong.status, wrong.body["error"].as_str().unwrap().contains("number")), (400, true));
}

/// What a slow reader has not read is bounded: the buffers of its connection, and the last calls.
#[tokio::test]
async fn a_slow_reader_loses_events() {
    let emulator = client::start().await;
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    // From here on it is subscribed.
    while !{
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line
    }
    .starts_with(": events")
    {}
    let large = BODY.replacen('{', &format!("{{\"Unknown\":\"{}\",", "x".repeat(200_000)), 1);
    for _ in 0..150 {
        call(&emulator, CHECK, &large);
    }
    let lost = reader.lines().map(Result::unwrap).find(|line| line == "event: lost" || line == "id: 150");
    assert_eq!(lost.as_deref(), Some("event: lost"));
}

/// A slow reader of the log keeps none of its calls in memory.
#[tokio::test]
async fn recorded_calls_that_leave_the_log_before_they_are_sent_are_lost() {
    let emulator = client::start().await;
    let large = BODY.replacen('{', &format!("{{\"Unknown\":\"{}\",", "x ".repeat(500_000)), 1);
    (0..16).for_each(|_| drop(call(&emulator, CHECK, &large)));
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines.find(|line| line == "id: 1").unwrap();
    (0..32).for_each(|_| drop(call(&emulator, CHECK, &large)));
    let lost = lines.find(|line| line == "event: lost" || line == "id: 17");
    assert_eq!(lost.as_deref(), Some("event: lost"));
}
