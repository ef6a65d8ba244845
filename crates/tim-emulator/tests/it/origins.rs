//! Requests that web pages of other origins send through a browser on this machine.

use std::io::{BufRead as _, BufReader, Write as _};

use crate::client::{self, connect, query, send, send_raw};

const CHECK: &str = "follow/follow_check";
const BODY: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn pages_of_others_are_kept_away() {
    let emulator = client::start().await;
    let post = |headers: &str| send(&emulator, "POST", "/_emulator/reset", headers, b"").status;
    assert_eq!(post("Origin: http://evil.example\r\n"), 403);
    assert_eq!(post("Origin: null\r\n"), 403);
    assert_eq!(post("Origin: http://localhost\r\n"), 200, "the own page");
    // A check after the body would wait for it.
    let mut stream = connect(&emulator);
    let head =
        "POST /_emulator/import HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 9\r\n";
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    assert_eq!(BufReader::new(stream).lines().next().unwrap().unwrap(), "HTTP/1.1 403 Forbidden");
    let mut stream = connect(&emulator);
    stream.write_all(b"GET /_emulator/calls HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    let status = BufReader::new(stream).lines().next().unwrap().unwrap();
    assert_eq!(status, "HTTP/1.1 403 Forbidden");
}

/// Any page can send such calls, so they could fill the log.
#[tokio::test]
async fn a_call_from_a_page_of_another_origin_is_logged_if_it_is_signed() {
    let emulator = client::start().await;
    let call = |query: &str, origin: &str| {
        let headers = format!("Origin: {origin}\r\n");
        send(&emulator, "POST", &format!("/v4/{CHECK}?{query}"), &headers, BODY.as_bytes());
        emulator.calls().len()
    };
    assert_eq!(call("sdkappid=1400000000", "http://evil.example"), 0);
    assert_eq!(call(&query().replace("usersig=", "usersig=x"), "null"), 0);
    assert_eq!(call("sdkappid=1400000000", "http://localhost"), 1, "the own origin");
    assert_eq!(call(&query(), "http://evil.example"), 2);
}

/// A browser sends no Origin with a GET for an image, but says that another site asks for it.
#[tokio::test]
async fn a_get_for_a_page_of_another_site_is_not_logged() {
    let emulator = client::start().await;
    let get = |target: &str, site: &str| {
        send(&emulator, "GET", target, &format!("Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: no-cors\r\n"), b"");
        emulator.calls().len()
    };
    assert_eq!(get("/v4/follow/follow_check", "cross-site"), 0);
    assert_eq!(get("/favicon.ico", "same-site"), 0);
    assert_eq!(get("/v4/follow/follow_check", "same-origin"), 1);
    assert_eq!(get("/v4/follow/follow_check", "none"), 2, "from the address bar");
    assert_eq!(get(&format!("/v4/{CHECK}?{}", query()), "cross-site"), 3, "signed");
}

#[tokio::test]
async fn a_call_from_a_page_whose_name_was_made_to_point_here_is_not_logged() {
    let emulator = client::start().await;
    let post = |host: &str, headers: &str| {
        let head = format!("POST /v4/{CHECK} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}");
        send_raw(&emulator, format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
        emulator.calls().len()
    };
    assert_eq!(post("evil.example:9000", "Origin: http://evil.example:9000\r\n"), 0);
    assert_eq!(post("console.tim.qq.com", ""), 1, "a program");
}
