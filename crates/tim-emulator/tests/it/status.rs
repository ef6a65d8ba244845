//! The online status of users.

use serde_json::json;
use tim_emulator::{Fault, Status};

use crate::client::{self, NOW, admin, admin_ok, call};

const QUERY: &str = "openim/query_online_status";
const BODY: &str = r#"{"IsNeedDetail":1,"To_Account":["bob"]}"#;

#[tokio::test]
async fn the_status_of_a_user_is_set_for_each_platform() {
    let emulator = client::start().await;
    emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes()).unwrap();
    let set = |platform: &str, status: &str| {
        let body = json!({ "platform": platform, "status": status }).to_string();
        assert_eq!(admin_ok(&emulator, "PUT", "users/bob/status", &body), json!({ "ok": true }));
    };
    set("iPhone", "Online");
    set("Web", "PushOnline");
    emulator.state().set_status("bob", "Mac", Status::ONLINE).unwrap();
    let logins = || admin_ok(&emulator, "GET", "users/bob", "")["logins"].clone();
    assert_eq!(logins(), json!({ "Mac": "Online", "Web": "PushOnline", "iPhone": "Online" }));
    set("iPhone", "Offline");
    emulator.state().set_status("bob", "Mac", Status::OFFLINE).unwrap();
    let item = || call(&emulator, QUERY, BODY).body["QueryResult"][0].clone();
    let detail = json!([{ "Platform": "Web", "Status": "PushOnline" }]);
    assert_eq!(item(), json!({ "To_Account": "bob", "Status": "PushOnline", "Detail": detail }));

    emulator.time().set(NOW - 8 * 24 * 3600);
    set("Web", "Online");
    set("Web", "PushOnline");
    emulator.time().set(NOW);
    assert_eq!((item()["Status"].clone(), logins()), (json!("Offline"), json!({})));
    assert!(emulator.state().set_status("nobody", "Mac", Status::ONLINE).is_err());
    assert_eq!(admin(&emulator, "POST", "users/bob/status", "{}").status, 405);
}

#[tokio::test]
async fn a_fault_can_reject_single_users() {
    let emulator = client::start().await;
    emulator.faults().add(Fault::item_code(90994).command("query_online_status").target("bob")).unwrap();
    emulator.state().import(r#"{"account":{"user":"bob"}}"#.as_bytes()).unwrap();
    let response = call(&emulator, QUERY, r#"{"To_Account":["administrator","bob"]}"#);
    assert_eq!(response.code(), 0);
    assert_eq!(response.body["ErrorList"], json!([{ "To_Account": "bob", "ErrorCode": 90994 }]));
    assert_eq!(call(&emulator, QUERY, BODY).code(), 90994);
    assert_eq!(call(&emulator, "openim/querystate", BODY).code(), 0, "the old name is another command");
    let commands: Vec<_> = emulator.calls().iter().map(|call| call.command.unwrap()).collect();
    assert_eq!(commands, ["query_online_status", "query_online_status", "querystate"]);
}
