//! Logins, online status and kicks.

use serde_json::json;
use tim_types::UserId;
use tim_types::webhook::StateReason;

use super::PEOPLE;
use crate::commands::testing::TestWorld;
use crate::online_status;
use crate::world::{accounts, logins};

const KICK: &str = "im_open_login_svc/kick";

const QUERY: &str = "openim/query_online_status";
const OLD_QUERY: &str = "openim/querystate";

fn log_in(stage: &TestWorld, user: &str, platform: &str, status: &str) {
    stage.log_in(user, platform, status, stage.now);
}

#[test]
fn a_kick_ends_all_logins_of_the_user() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "iPhone", logins::ONLINE);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    log_in(&stage, "carol", "Web", logins::ONLINE);
    stage.now += 5;
    let response = stage.ok(KICK, json!({ "UserID": "bob" }));
    assert_eq!(response, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" }));
    let (bob, carol): (UserId, UserId) = ("bob".into(), "carol".into());
    let db = &stage.world.db;
    assert_eq!((logins::of(db, &bob).unwrap().len(), logins::of(db, &carol).unwrap().len()), (0, 1));
    assert_eq!(accounts::kicked_at(db, &bob).unwrap(), Some(1005));
    assert_eq!(accounts::kicked_at(db, &carol).unwrap(), None);
}

#[test]
fn a_kick_is_an_event_if_the_user_was_logged_in() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    let mut kick = |later: u64| {
        stage.now += later;
        stage.reply("im_open_login_svc", "kick", r#"{"Identifier":"bob"}"#).event
    };
    assert_eq!(kick(0), Some(online_status::event("bob".into(), StateReason::UNREGISTER, 1_000_000)));
    assert_eq!(kick(0), None);
    log_in(&stage, "bob", "Web", logins::PUSH_ONLINE);
    stage.now += 8 * 24 * 3600;
    assert_eq!(stage.reply("im_open_login_svc", "kick", r#"{"UserID":"bob"}"#).event, None, "offline for a day");
}

#[test]
fn a_kick_names_one_user_with_an_account() {
    let mut stage = TestWorld::with(PEOPLE);
    for (body, code) in [
        (json!({ "UserID": "nobody" }), 70107),
        (json!({ "UserID": "" }), 70402),
        (json!({ "UserID": "x".repeat(33) }), 70402),
        (json!({ "UserID": "bob", "Identifier": "bob" }), 70402),
        (json!({}), 70402),
    ] {
        assert_eq!(stage.rejected(KICK, body.clone()), code, "{body}");
    }
}

#[test]
fn a_user_is_online_on_any_platform() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "Web", "Online");
    log_in(&stage, "bob", "iPhone", "PushOnline");
    log_in(&stage, "carol", "Android", "PushOnline");
    let body = json!({ "IsNeedDetail": 1, "To_Account": ["bob", "carol", "nobody", "alice"] });
    let device = |platform: &str, status: &str| json!({ "Platform": platform, "Status": status });
    let items = json!([
        { "To_Account": "bob", "Status": "Online", "Detail": [device("Web", "Online"), device("iPhone", "PushOnline")] },
        { "To_Account": "carol", "Status": "PushOnline", "Detail": [device("Android", "PushOnline")] },
        { "To_Account": "alice", "Status": "Offline", "Detail": [] },
    ]);
    let errors = json!([{ "To_Account": "nobody", "ErrorCode": 70107 }]);
    let envelope = json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" });
    let mut expected = envelope.clone();
    expected["QueryResult"] = items;
    expected["ErrorList"] = errors;
    assert_eq!(stage.ok(QUERY, body), expected);

    stage.now += 7 * 24 * 3600 + 1;
    let mut expected = envelope;
    expected["QueryResult"] = json!([{ "To_Account": "carol", "Status": "Offline" }]);
    assert_eq!(stage.ok(QUERY, json!({ "To_Account": ["carol"] })), expected);
}

#[test]
fn the_old_name_has_another_key_and_no_errors() {
    let mut stage = TestWorld::with(PEOPLE);
    log_in(&stage, "bob", "Web", "Online");
    let both = json!({ "To_Account": ["bob", "nobody"], "IsNeedDetail": 1 });
    let detail = json!([{ "Platform": "Web", "Status": "Online" }]);
    let response = stage.ok(OLD_QUERY, both.clone());
    assert_eq!(response["QueryResult"], json!([{ "To_Account": "bob", "State": "Online", "Detail": detail }]));
    assert_eq!(response.get("ErrorList"), None);
    stage.settings.quirks.status_key_state = true;
    let response = stage.ok(QUERY, both);
    assert_eq!(response["QueryResult"], json!([{ "To_Account": "bob", "State": "Online", "Detail": detail }]));
    assert_eq!(response["ErrorList"][0]["To_Account"], "nobody");
}

#[test]
fn a_query_is_rejected_if_all_users_failed() {
    let mut stage = TestWorld::with(PEOPLE);
    let nobody = json!({ "To_Account": ["x", "y"] });
    let response = stage.call(QUERY, nobody.clone());
    assert_eq!((&response["ActionStatus"], &response["ErrorCode"]), (&json!("FAIL"), &json!(70107)));
    let error = |user: &str| json!({ "To_Account": user, "ErrorCode": 70107 });
    assert_eq!(response["ErrorList"], json!([error("x"), error("y")]));
    assert_eq!(stage.reply("openim", "query_online_status", &nobody.to_string()).code.0, 70107);
    let response = stage.call(OLD_QUERY, nobody);
    assert_eq!((&response["ErrorCode"], response.get("ErrorList")), (&json!(70107), None));
}

#[test]
fn a_query_names_1_to_500_users() {
    let mut stage = TestWorld::with(PEOPLE);
    for (body, code) in [
        (json!({ "To_Account": [] }), 90001),
        (json!({ "To_Account": [""] }), 90001),
        (json!({}), 90003),
        (json!({ "To_Account": "bob" }), 90003),
        (json!({ "To_Account": vec!["bob"; 501] }), 90011),
    ] {
        for path in [QUERY, OLD_QUERY] {
            let response = stage.call(path, body.clone());
            assert_eq!((&response["ErrorCode"], response.get("ErrorDisplay")), (&json!(code), None), "{body}");
        }
    }
    let many = json!({ "To_Account": vec!["bob"; 500], "IsReturnInstid": 1, "IsReturnCustomStatus": 1 });
    assert_eq!(stage.ok(QUERY, many)["QueryResult"].as_array().unwrap().len(), 500);
}
