//! Accounts.

use serde_json::json;

use super::PEOPLE;
use super::friends::{befriend, friendship};
use crate::commands::testing::{TestWorld, codes};

#[test]
fn accounts_come_and_go() {
    let mut stage = TestWorld::with(&[]);
    let login = |command: &str| format!("im_open_login_svc/{command}");
    let response = stage.ok(&login("account_import"), json!({ "UserID": "alice" }));
    assert_eq!(response, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" }));
    let list = json!([{ "UserID": "carol", "Nick": "Carol" }, { "UserID": "alice" }]);
    for body in [json!({ "Accounts": ["bob"] }), json!({ "AccountList": list })] {
        assert_eq!(stage.ok(&login("multiaccount_import"), body)["FailAccounts"], json!([]));
    }

    let users: Vec<_> = ["alice", "bob", "nobody", "administrator"].map(|user| json!({ "UserID": user })).into();
    let response = stage.ok(&login("account_check"), json!({ "CheckItem": users }));
    let status: Vec<_> = response["ResultItem"].as_array().unwrap().iter().map(|item| &item["AccountStatus"]).collect();
    assert_eq!(status, ["Imported", "Imported", "NotImported", "Imported"]);
    assert_eq!(codes(&response), [0, 0, 0, 0]);

    let users: Vec<_> = ["bob", "nobody", "bob"].map(|user| json!({ "UserID": user })).into();
    let response = stage.ok(&login("account_delete"), json!({ "DeleteItem": users }));
    assert_eq!(codes(&response), [0, 70107, 70107]);
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_TLS_PT_Open_Login_Account_Not_Exist");
}

#[test]
fn what_login_commands_may_not_hold() {
    let mut stage = TestWorld::with(&[]);
    let many: Vec<_> = (0..101).map(|n| json!({ "UserID": format!("u{n}") })).collect();
    let names: Vec<_> = many.iter().map(|item| item["UserID"].clone()).collect();
    for (command, body) in [
        ("account_import", json!({})),
        ("account_import", json!({ "UserID": "" })),
        ("account_import", json!({ "UserID": "x".repeat(33) })),
        ("account_import", json!({ "UserID": "a", "Nick": 5 })),
        ("multiaccount_import", json!({})),
        ("multiaccount_import", json!({ "Accounts": [] })),
        ("multiaccount_import", json!({ "Accounts": names })),
        ("multiaccount_import", json!({ "AccountList": many })),
        ("multiaccount_import", json!({ "Accounts": ["a"], "AccountList": [] })),
        ("account_check", json!({})),
        ("account_check", json!({ "CheckItem": [] })),
        ("account_check", json!({ "CheckItem": many })),
        ("account_check", json!({ "CheckItem": ["a"] })),
        ("account_delete", json!({ "DeleteItem": [] })),
        ("account_delete", json!({ "DeleteItem": many })),
        ("account_delete", json!({ "DeleteItem": [{ "UserID": "" }] })),
    ] {
        let response = stage.call(&format!("im_open_login_svc/{command}"), body.clone());
        assert_eq!(response["ErrorCode"], 70402, "{command} {body}");
        assert_eq!(response.get("ErrorDisplay"), None);
    }
    for field in ["Nick", "FaceUrl"] {
        let response = stage.call("im_open_login_svc/account_import", json!({ "UserID": "a", field: "x".repeat(501) }));
        assert_eq!((&response["ErrorCode"], response.get("ErrorDisplay")), (&json!(40601), None));
    }
    let nobody = stage.ok("im_open_login_svc/account_check", json!({ "CheckItem": [{ "UserID": "a" }] }));
    assert_eq!(nobody["ResultItem"][0]["AccountStatus"], "NotImported", "a rejected call imports nobody");
}

#[test]
fn an_account_that_cannot_be_imported_does_not_affect_the_others() {
    let mut stage = TestWorld::with(&[]);
    let long = "x".repeat(33);
    let list =
        json!([{ "UserID": "a" }, { "UserID": "" }, { "UserID": long }, { "UserID": "b", "Nick": "x".repeat(501) }]);
    // The older form is ignored beside the newer one.
    let body = json!({ "Accounts": ["c"], "AccountList": list });
    let response = stage.ok("im_open_login_svc/multiaccount_import", body);
    assert_eq!(response["FailAccounts"], json!(["", long, "b"]));
    let users: Vec<_> = ["a", "b", "c"].map(|user| json!({ "UserID": user })).into();
    let response = stage.ok("im_open_login_svc/account_check", json!({ "CheckItem": users }));
    let status: Vec<_> = response["ResultItem"].as_array().unwrap().iter().map(|item| &item["AccountStatus"]).collect();
    assert_eq!(status, ["Imported", "NotImported", "NotImported"]);
}

#[test]
fn a_deleted_account_leaves_nothing_behind() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.follow("alice", &["bob", "carol"]);
    stage.follow("bob", &["alice", "carol"]);
    stage.ok("im_open_login_svc/account_import", json!({ "UserID": "bob", "Nick": "Bob" }));
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Both");
    stage.ok("im_open_login_svc/account_delete", json!({ "DeleteItem": [{ "UserID": "bob" }] }));

    assert_eq!(stage.counts("alice"), [0, 1, 0]);
    assert_eq!(stage.counts("carol"), [1, 0, 0]);
    stage.ok("im_open_login_svc/account_import", json!({ "UserID": "bob" }));
    assert_eq!(stage.counts("bob"), [0, 0, 0]);
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["NoRelation"]);
    stage.follow("alice", &["bob"]);
    let list = stage.ok("follow/follow_get", json!({ "From_Account": "alice", "FollowType": 2, "WantNum": 1 }));
    assert_eq!(list["FollowItem"][0].get("ProfileItem"), None);
}
