//! Commands of the service in the admin API.

use serde_json::json;
use tim_emulator::{Fault, Quirks, RateLimit, RelationLimits, Webhook, Window};

use crate::client::{self, NOW, Scratch, admin, admin_ok, call};
use crate::webhooks::{MANY, PATIENCE, receiver};

const FOLLOW: &str = r#"{"From_Account":"alice","FollowItem":[{"To_Account":"bob"}]}"#;
const CHECK: &str = r#"{"From_Account":"administrator","To_Account":["administrator"]}"#;

#[tokio::test]
async fn a_command_runs_without_signature_faults_limits_and_log() {
    let (url, got) = receiver(MANY);
    let limit = RateLimit { calls_per_second: 1, window: Window::default() };
    let emulator = client::builder().rate_limit(limit).webhook(Webhook::to(&url)).start().await.unwrap();
    emulator.time().freeze();
    emulator.state().import("alice,cy\nbob,cy\n".as_bytes()).unwrap();
    emulator.settings().set_follow_feature(false);
    emulator.faults().add(Fault::item_code(30006)).unwrap();
    emulator.faults().add(Fault::code(30007)).unwrap();

    for _ in 0..2 {
        let response = admin_ok(&emulator, "POST", "commands/follow_add", FOLLOW);
        assert_eq!((&response["ErrorCode"], &response["ResultItem"][0]["ResultCode"]), (&json!(0), &json!(0)));
    }
    assert_eq!(emulator.state().totals().unwrap().follows, 3);
    let (query, _) = got.recv_timeout(PATIENCE).unwrap();
    assert!(query.contains("Follow.CallbackAfterFollowAdd") && query.contains("ClientIP=127.0.0.1"), "{query}");
    assert!(emulator.calls().is_empty());
    let faults = admin_ok(&emulator, "GET", "faults", "");
    assert_eq!((&faults[0]["hits"], &faults[1]["hits"]), (&json!(0), &json!(0)));
    emulator.faults().clear();
    emulator.settings().set_follow_feature(true);
    assert_eq!(call(&emulator, "follow/follow_check", CHECK).code(), 0, "no call was counted before");
}

#[tokio::test]
async fn settings_and_rejections_are_those_of_a_call() {
    let emulator = client::start().await;
    emulator.state().import("alice,cy\nbob,cy\n".as_bytes()).unwrap();
    emulator.settings().set_relation_limits(RelationLimits { following: Some(1), ..RelationLimits::default() });
    let run = |command: &str, body: &str| admin_ok(&emulator, "POST", &format!("commands/{command}"), body);
    assert_eq!(run("follow_add", FOLLOW)["ResultItem"][0]["ResultCode"], 32100);
    emulator.settings().set_quirks(Quirks { all_rejected_rejects_call: true, ..Quirks::default() });
    for (command, path, body) in [
        ("follow_add", "follow/follow_add", FOLLOW),
        ("follow_add", "follow/follow_add", r#"{"FollowItem":7}"#),
        ("follow_add", "follow/follow_add", r#"{"From_Account":"alice","FollowItem":[]}"#),
        ("friend_get", "sns/friend_get", ""),
        ("account_check", "im_open_login_svc/account_check", r#"{"CheckItem":[{"UserID":7}]}"#),
        ("querystate", "openim/querystate", r#"{"To_Account":["alice"]}"#),
    ] {
        assert_eq!(run(command, body), call(&emulator, path, body).body, "{command} {body}");
    }
}

#[tokio::test]
async fn a_kicked_admin_runs_commands() {
    let emulator = client::start().await;
    let kick = r#"{"UserID":"administrator"}"#;
    assert_eq!(admin_ok(&emulator, "POST", "commands/kick", kick)["ErrorCode"], 0);
    assert_eq!(admin_ok(&emulator, "GET", "users/administrator", "")["kicked_at"], NOW);
    emulator.time().advance(std::time::Duration::from_secs(5));
    assert_eq!(admin_ok(&emulator, "POST", "commands/kick", kick)["ErrorCode"], 0);
    assert_eq!(admin_ok(&emulator, "POST", "commands/follow_check", CHECK)["ErrorCode"], 0);
    assert_ne!(call(&emulator, "follow/follow_check", CHECK).code(), 0, "the signature is older than the kick");
}

#[tokio::test]
async fn deleting_an_account_removes_its_follows_in_steps() {
    let emulator = client::start().await;
    let lines: Vec<_> = (0..1500).map(|number| format!("u{number},star")).collect();
    emulator.state().import(lines.join("\n").as_bytes()).unwrap();
    let body = r#"{"DeleteItem":[{"UserID":"star"}]}"#;
    assert_eq!(admin_ok(&emulator, "POST", "commands/account_delete", body)["ErrorCode"], 0);
    let totals = emulator.state().totals().unwrap();
    assert_eq!((totals.accounts, totals.follows), (1501, 0));
}

#[tokio::test]
async fn a_busy_database_gives_the_transient_code_of_the_service() {
    let scratch = Scratch::new("admin-commands");
    let emulator = client::builder().data(scratch.file()).start().await.unwrap();
    let other = rusqlite::Connection::open(scratch.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let response = admin_ok(&emulator, "POST", "commands/account_import", r#"{"UserID":"alice"}"#);
    assert_eq!(response["ErrorCode"], 70169, "{response}");
    assert_eq!(admin_ok(&emulator, "POST", "commands/follow_check", CHECK)["ErrorCode"], 0, "reads continue");
}

#[tokio::test]
async fn an_invalid_request_for_a_command_has_a_reason() {
    let emulator = client::start().await;
    let large = " ".repeat(16 * 1024 * 1024 + 1);
    for (method, path, body, status, hint) in [
        ("POST", "commands/follow", "{}", 404, "follow_add"),
        ("POST", "commands/follow/follow_add", "{}", 404, "does not exist"),
        ("GET", "commands/follow_add", "", 405, "use POST"),
        ("POST", "commands/follow_add?random=1", "{}", 400, "random"),
        ("POST", "commands/follow_add", large.as_str(), 413, "16777216"),
    ] {
        let response = admin(&emulator, method, path, body);
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert!(response.body["error"].as_str().unwrap().contains(hint), "{}", response.body);
    }
    let response = admin_ok(&emulator, "POST", "commands/follow_check", &large.replacen("   ", CHECK, 1)[..2_000_000]);
    assert_eq!(response["ErrorCode"], 0, "a body over 1 MiB");
}
