//! Snapshots over HTTP: download, upload, compare.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use tim_emulator::{Emulator, State};

use crate::client::{self, Scratch, admin, admin_ok, builder, send, send_raw, unchunked};

/// In memory, and in a file.
async fn each(name: &str) -> Vec<(Option<Scratch>, Emulator)> {
    let scratch = Scratch::new(name);
    let file = builder().data(scratch.file()).start().await.unwrap();
    vec![(None, client::start().await), (Some(scratch), file)]
}

/// Returns the head and the text of a download.
fn download(emulator: &Emulator, path: &str) -> (String, String) {
    let request = format!("GET /_emulator/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let response = String::from_utf8(send_raw(emulator, request.as_bytes())).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), unchunked(body))
}

fn written(export: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut text = Vec::new();
    export(&mut text);
    String::from_utf8(text).unwrap()
}

fn exported(state: State<'_>) -> String {
    written(|to| state.export(to).unwrap())
}

fn error(emulator: &Emulator, method: &str, path: &str, body: &str, status: u16) -> String {
    let response = admin(emulator, method, path, body);
    assert_eq!(response.status, status, "{method} {path}: {}", response.body);
    response.body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_snapshot_is_downloaded_and_uploaded() {
    for (_scratch, emulator) in each("snapshot-download").await {
        let state = emulator.state();
        let lines: String = (0..3000).map(|n| format!("alice,user{n}\n")).collect();
        state.import(lines.as_bytes()).unwrap();
        state.save("full").unwrap();
        let full = exported(state);
        state.reset().unwrap();
        let empty = exported(state);
        let (head, text) = download(&emulator, "snapshots/full/export");
        assert!(text == full);
        assert!(head.contains("content-disposition: attachment; filename=\"full.ndjson\"\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-ndjson"), "{head}");
        assert!(written(|to| state.export_snapshot("full", to).unwrap()) == full);

        let lines = text.lines().count();
        assert_eq!(admin_ok(&emulator, "POST", "snapshots/again/import", &text), json!({ "lines": lines }));
        assert!(exported(state) == empty, "the current state stays");
        let same = admin_ok(&emulator, "GET", "snapshots/full/compare?with=again", "");
        assert_eq!((&same["same"], &same["from"], &same["to"]), (&json!(true), &json!("full"), &json!("again")));
        state.restore("again").unwrap();
        assert!(exported(state) == full);
    }
}

#[tokio::test]
async fn a_large_upload_with_gzip_is_merged_from_a_file() {
    for (_scratch, emulator) in each("snapshot-merge").await {
        let lines: String = (0..12_000).map(|n| format!("alice,user{n},{}\n", 1_600_000_000 + n)).collect();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(lines.as_bytes()).unwrap();
        let response = send(&emulator, "POST", "/_emulator/snapshots/big/import", "", &gzip.finish().unwrap());
        assert_eq!(response.body, json!({ "lines": 12_000 }));
        emulator.state().import(lines.as_bytes()).unwrap();
        let compared = emulator.state().compare("big", None).unwrap();
        assert!(compared.same, "{compared:?}");
    }
}

#[tokio::test]
async fn an_invalid_upload_changes_nothing() {
    let emulator = client::start().await;
    let state = emulator.state();
    admin_ok(&emulator, "POST", "snapshots/s/import", "alice,bob\n");
    let before = written(|to| state.export_snapshot("s", to).unwrap());
    assert!(error(&emulator, "POST", "snapshots/s/import", "alice,bob\nalice;bob\n", 400).contains("line 2"));
    assert!(error(&emulator, "POST", "snapshots/new/import", "{\"x\":1}\n", 400).contains("line 1"));
    let head = "POST /_emulator/snapshots/s/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n";
    client::throw(&emulator, format!("{head}alice,carol\n").as_bytes());
    assert_eq!(state.snapshots().len(), 1);
    assert_eq!(written(|to| state.export_snapshot("s", to).unwrap()), before);

    let long = "x".repeat(65);
    assert!(error(&emulator, "POST", &format!("snapshots/{long}/import"), "", 400).contains("1 to 64 bytes"));
    (1..32).for_each(|n| state.save(&n.to_string()).unwrap());
    assert!(error(&emulator, "POST", "snapshots/new/import", "a,b\n", 400).contains("already 32 snapshots"));
    admin_ok(&emulator, "POST", "snapshots/s/import", "a,b\n");
}

#[tokio::test]
async fn a_comparison_shows_what_calls_changed() {
    for (_scratch, emulator) in each("snapshot-compare").await {
        let state = emulator.state();
        state.import("alice,bob,5\nbob,alice,6\n".as_bytes()).unwrap();
        state.save("before").unwrap();
        let same = admin_ok(&emulator, "GET", "snapshots/before/compare", "");
        assert_eq!((&same["same"], &same["to"]), (&json!(true), &json!("current")));
        assert_eq!(admin_ok(&emulator, "GET", "snapshots/before/compare?with=before", "")["same"], true);
        state.import("carol,alice,7\n".as_bytes()).unwrap();
        client::call(&emulator, "follow/follow_delete", r#"{"From_Account":"alice","To_Account":["bob"]}"#);
        state.save("after").unwrap();
        for with in ["", "?with=after"] {
            let found = admin_ok(&emulator, "GET", &format!("snapshots/before/compare{with}"), "");
            assert_eq!(found["same"], false);
            let empty = json!({ "added": 0, "removed": 0, "changed": 0, "sample": [] });
            let follows = json!({ "added": 1, "removed": 1, "changed": 0, "sample": [
                { "change": "removed", "key": ["alice", "bob"], "before": { "followed_at": 5 }, "after": null },
                { "change": "added", "key": ["carol", "alice"], "before": null, "after": { "followed_at": 7 } },
            ]});
            let accounts = json!({ "added": 1, "removed": 0, "changed": 0, "sample": [
                { "change": "added", "key": ["carol"], "before": null, "after": { "kicked_at": null } },
            ]});
            let parts = found["parts"].as_object().unwrap();
            assert_eq!(parts.len(), 8);
            for (part, differences) in parts {
                let expected = match part.as_str() {
                    "follows" => &follows,
                    "accounts" => &accounts,
                    _ => &empty,
                };
                assert_eq!(differences, expected, "{part}");
            }
        }
    }
}

#[tokio::test]
async fn a_missing_snapshot_is_reported() {
    let emulator = client::start().await;
    assert!(error(&emulator, "GET", "snapshots/no/export", "", 404).contains("the snapshot \"no\" does not exist"));
    assert!(error(&emulator, "GET", "snapshots/no/compare", "", 404).contains("save one first"));
    emulator.state().save("s").unwrap();
    assert!(error(&emulator, "GET", "snapshots/s/compare?with=no", "", 400).contains("the snapshots are \"s\""));
    assert!(error(&emulator, "GET", "snapshots/s/compare?to=s", "", 400).contains("unknown key"));
    assert!(error(&emulator, "GET", "snapshots/s/export?x=1", "", 400).contains("unknown key"));
}

#[tokio::test]
async fn an_export_is_a_file_with_a_safe_name() {
    let emulator = client::start().await;
    let (head, _) = download(&emulator, "export");
    assert!(head.contains("content-disposition: attachment; filename=\"world.ndjson\"\r\n"), "{head}");
    emulator.state().save("a\"/\r\nb").unwrap();
    let (head, text) = download(&emulator, "snapshots/a%22%2F%0D%0Ab/export");
    assert!(head.contains("content-disposition: attachment; filename=\"a____b.ndjson\"\r\n"), "{head}");
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["account"]["user"], "administrator");
}

#[tokio::test]
async fn a_snapshot_has_a_name_that_can_be_in_a_url() {
    let emulator = client::start().await;
    for name in [".", ".."] {
        assert!(emulator.state().save(name).unwrap_err().to_string().contains("must not be . or .."), "{name}");
        let response = admin(&emulator, "POST", &format!("snapshots/{name}/import"), "");
        assert_eq!(response.status, 400, "{}", response.body);
    }
    emulator.state().save("...").unwrap();
}
