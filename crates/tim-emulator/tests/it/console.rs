//! The console page as a browser fetches it. What it does is tested in a browser: `cargo xtask
//! console`.

use crate::client::{self, query, send, send_raw};

fn get(emulator: &tim_emulator::Emulator, method: &str, path: &str) -> (String, String) {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let response = String::from_utf8(send_raw(emulator, head.as_bytes())).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn the_page_and_its_files_may_load_nothing_from_elsewhere() {
    let emulator = client::start().await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/calls?command=follow_add", "text/html"),
        ("/state", "text/html"),
        ("/console/main.js", "text/javascript"),
        ("/console/calls/view.js", "text/javascript"),
        ("/console/style/base.css", "text/css"),
        ("/console/icon.svg", "image/svg+xml"),
    ] {
        let (head, body) = get(&emulator, "GET", path);
        assert!(head.starts_with("http/1.1 200 ok") && head.contains(&format!("content-type: {kind}")), "{head}");
        assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        assert!(!body.is_empty() && !body.contains(client::KEY));
        let (again, nothing) = get(&emulator, "HEAD", path);
        assert!(again.contains(&format!("content-length: {}", body.len())) && nothing.is_empty(), "{again}");
    }
    assert!(emulator.calls().is_empty(), "reading the page is no call");
}

#[tokio::test]
async fn the_place_of_the_page_is_no_command() {
    let emulator = client::start().await;
    for (method, path, code) in
        [("POST", "/", 60009), ("POST", "/data", 60009), ("GET", "/console/", 60002), ("GET", "/console", 60002)]
    {
        assert_eq!(send(&emulator, method, &format!("{path}?{}", query()), "", b"{}").code(), code, "{method} {path}");
    }
}
