//! Snapshots, reset, and files that are used together with others.

use serde_json::json;
use tim_emulator::Emulator;

use crate::client::{self, Scratch, admin_ok, builder, call};

const SETUP: &str = "alice,bob\nalice,carol\nbob,alice\n";

fn export(emulator: &Emulator) -> String {
    let mut lines = Vec::new();
    emulator.state().export(&mut lines).unwrap();
    String::from_utf8(lines).unwrap()
}

fn follow(emulator: &Emulator, from: &str, to: &str) -> i64 {
    let body = json!({ "From_Account": from, "FollowItem": [{ "To_Account": to }] });
    call(emulator, "follow/follow_add", &body.to_string()).code()
}

async fn each() -> Vec<(Option<Scratch>, Emulator)> {
    let scratch = Scratch::new("state");
    let file = builder().data(scratch.file()).start().await.unwrap();
    vec![(None, client::start().await), (Some(scratch), file)]
}

#[tokio::test]
async fn a_snapshot_can_be_restored_again_and_again() {
    for (_scratch, emulator) in each().await {
        emulator.state().import(SETUP.as_bytes()).unwrap();
        let before = export(&emulator);
        emulator.state().save("setup").unwrap();
        for _ in 0..2 {
            call(&emulator, "im_open_login_svc/account_delete", r#"{"DeleteItem":[{"UserID":"bob"}]}"#);
            assert_ne!(export(&emulator), before);
            emulator.state().restore("setup").unwrap();
            assert_eq!(export(&emulator), before);
        }
        assert_eq!(follow(&emulator, "carol", "alice"), 0);
        let snapshots = emulator.state().snapshots();
        assert_eq!((snapshots.len(), snapshots[0].name.as_str(), snapshots[0].at_ms), (1, "setup", client::NOW * 1000));
        assert!(snapshots[0].bytes > 10_000, "{snapshots:?}");
        emulator.state().reset().unwrap();
        assert_eq!(export(&emulator), "{\"account\":{\"user\":\"administrator\"}}\n");
        emulator.state().restore("setup").unwrap();
        assert_eq!(export(&emulator), before);
    }
}

#[tokio::test]
async fn a_user_with_many_followers_is_deleted_as_a_whole() {
    for (_scratch, emulator) in each().await {
        let fans: String = (0..3500).map(|user| format!("user{user},celebrity\ncelebrity,user{user}\n")).collect();
        emulator.state().import((fans + "user1,user2\n").as_bytes()).unwrap();
        let body = r#"{"DeleteItem":[{"UserID":"celebrity"},{"UserID":"nobody"}]}"#;
        let response = call(&emulator, "im_open_login_svc/account_delete", body);
        let codes = [0, 1].map(|item| response.body["ResultItem"][item]["ResultCode"].as_i64().unwrap());
        assert_eq!(codes, [0, 70107]);
        let totals = emulator.state().totals().unwrap();
        assert_eq!((totals.accounts, totals.follows), (3501, 1));
        let counts = call(&emulator, "follow/follow_get_info", r#"{"From_Account":"user1","To_Account":["user1"]}"#);
        assert_eq!(counts.body["FollowInfo"][0]["FollowingCount"], 1, "{}", counts.body);
    }
}

#[tokio::test]
async fn what_was_put_in_place_survives_a_restart() {
    let scratch = Scratch::new("restart");
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    emulator.state().import(SETUP.as_bytes()).unwrap();
    emulator.state().save("setup").unwrap();
    emulator.state().reset().unwrap();
    emulator.state().restore("setup").unwrap();
    assert_eq!(follow(&emulator, "carol", "alice"), 0);
    let full = export(&emulator);
    emulator.stop().unwrap();
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    assert_eq!(export(&emulator), full);
}

#[tokio::test]
async fn a_call_that_writes_gives_up_after_a_second_under_a_foreign_lock() {
    let scratch = Scratch::new("lock");
    let emulator = builder().data(scratch.file()).start().await.unwrap();
    emulator.state().import(SETUP.as_bytes()).unwrap();
    let other = rusqlite::Connection::open(scratch.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let check = r#"{"From_Account":"alice","To_Account":["bob"]}"#;
    assert_eq!(call(&emulator, "follow/follow_check", check).code(), 0, "reads continue");
    let follow_body = r#"{"From_Account":"carol","FollowItem":[{"To_Account":"alice"}]}"#;
    let profile = r#"{"From_Account":"carol","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"c"}]}"#;
    for (path, body, code) in [
        ("follow/follow_add", follow_body, 30007),
        ("im_open_login_svc/account_import", r#"{"UserID":"dave"}"#, 70169),
        ("profile/portrait_set", profile, 40006),
    ] {
        let response = call(&emulator, path, body);
        assert_eq!(response.code(), code, "{path}");
        assert!(response.info().contains("another program holds the lock"), "{}", response.info());
    }
    assert_eq!(admin_ok(&emulator, "GET", "health", ""), json!({ "ok": true }));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(follow(&emulator, "carol", "alice"), 0);
    let exported = export(&emulator);
    assert!(!exported.contains("dave"), "a call that was given up is not done later: {exported}");
}

#[tokio::test]
async fn a_deleted_file_is_reported_and_not_written_to() {
    let scratch = Scratch::new("deleted");
    let (problems, seen) = std::sync::mpsc::channel();
    let report = move |problem: &str| problems.send(problem.to_owned()).unwrap();
    let emulator = builder().data(scratch.file()).on_problem(report).start().await.unwrap();
    emulator.state().import(SETUP.as_bytes()).unwrap();
    std::fs::remove_file(scratch.file()).unwrap();
    for _ in 0..2 {
        let body = r#"{"From_Account":"carol","FollowItem":[{"To_Account":"alice"}]}"#;
        let response = call(&emulator, "follow/follow_add", body);
        assert_eq!(response.code(), 30006);
        assert!(response.info().contains("deleted"), "{}", response.info());
    }
    assert!(seen.recv().unwrap().contains("deleted"));
    assert!(seen.try_recv().is_err(), "it is reported once");
}

#[tokio::test]
async fn a_second_emulator_does_not_start_on_the_same_file() {
    let scratch = Scratch::new("second");
    let first = builder().data(scratch.file()).start().await.unwrap();
    let error = builder().data(scratch.file()).start().await.unwrap_err().to_string();
    assert!(error.contains("another emulator is using it"), "{error}");
    drop(first);
    builder().data(scratch.file()).start().await.unwrap();
}
