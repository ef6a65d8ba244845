//! Import and export over HTTP, as streams.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use tim_emulator::Emulator;

use crate::client::{self, admin, admin_ok, connect, send_raw, unchunked, until};

/// Starts an import whose body is not complete yet.
fn begin_import(emulator: &Emulator) -> TcpStream {
    let mut stream = connect(emulator);
    let head = "POST /_emulator/import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}a\r\nalice,bob\n\r\n").as_bytes()).unwrap();
    until(|| !job(emulator).is_null());
    stream
}

fn job(emulator: &Emulator) -> Value {
    admin_ok(emulator, "GET", "", "")["job"].clone()
}

fn follows(emulator: &Emulator) -> u64 {
    emulator.state().totals().unwrap().follows
}

#[tokio::test]
async fn an_import_runs_while_its_body_comes_in() {
    let emulator = client::start().await;
    let mut stream = begin_import(&emulator);
    assert_eq!(job(&emulator)["name"], "import");
    let second = admin(&emulator, "POST", "import", "carol,dave\n");
    assert_eq!((second.status, second.body["error"].as_str().unwrap().contains("\"import\" is running")), (409, true));
    assert_eq!(admin(&emulator, "POST", "reset", "").status, 409);
    // All others respond meanwhile.
    for path in ["health", "calls", "faults", "rate-limit", "time", "settings", "webhooks", "snapshots", "users"] {
        admin_ok(&emulator, "GET", path, "");
    }
    stream.write_all(b"a\r\nbob,alice\n\r\n0\r\n\r\n").unwrap();
    let status = BufReader::new(stream).lines().next().unwrap().unwrap();
    assert_eq!((status.as_str(), follows(&emulator), job(&emulator)), ("HTTP/1.1 200 OK", 2, Value::Null));
}

#[tokio::test]
async fn an_import_whose_client_goes_away_adds_nothing() {
    let emulator = client::start().await;
    drop(begin_import(&emulator));
    until(|| job(&emulator).is_null());
    assert_eq!(follows(&emulator), 0);
    assert_eq!(admin_ok(&emulator, "POST", "import", "alice,bob\n"), json!({ "lines": 1 }));
}

#[tokio::test]
async fn an_import_under_way_does_not_hold_up_the_end() {
    let emulator = client::start().await;
    let mut stream = begin_import(&emulator);
    drop(emulator);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    assert!(response.is_empty());
}

/// A client that still sends reads the response too.
#[tokio::test]
async fn an_invalid_line_ends_an_import_early() {
    let emulator = client::start().await;
    let body = format!("alice,bob\nalice;bob\n{}", "carol,dave\n".repeat(300_000));
    let response = admin(&emulator, "POST", "import", &body);
    assert_eq!((response.status, response.body["error"].as_str().unwrap().contains("line 2")), (400, true));
    assert_eq!(follows(&emulator), 0);
}

#[tokio::test]
async fn an_export_is_what_the_library_writes() {
    let emulator = client::start().await;
    let lines: String = (0..5000).map(|n| format!("alice,user{n}\n")).collect();
    emulator.state().import(lines.as_bytes()).unwrap();
    let request = b"GET /_emulator/export HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let response = String::from_utf8(send_raw(&emulator, request)).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/x-ndjson"), "{head}");
    let mut written = Vec::new();
    emulator.state().export(&mut written).unwrap();
    assert!(unchunked(body).as_bytes() == written);
}

/// More than the buffers of a connection hold, so the job would wait for its reader.
#[tokio::test]
async fn an_export_ends_when_its_client_goes_away() {
    let emulator = client::start().await;
    let user = |n: u32| format!("{{\"account\":{{\"user\":\"user-with-a-long-name-{n:08}\"}}}}\n");
    let lines: String = (0..150_000).map(user).collect();
    emulator.state().import(lines.as_bytes()).unwrap();
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/export HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1]).unwrap();
    drop(stream);
    until(|| job(&emulator).is_null());
}
