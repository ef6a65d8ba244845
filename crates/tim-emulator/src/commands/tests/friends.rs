//! Friend lists.

use serde_json::{Value, json};

use super::PEOPLE;
use crate::commands::testing::{TestWorld, codes};
use crate::relation_limits::RelationLimits;

pub(super) fn befriend(stage: &mut TestWorld, from: &str, to: &[&str], kind: &str) -> Vec<i64> {
    let item = |to: &&str| json!({ "To_Account": to, "AddSource": "AddSource_Type_Test", "Remark": "r" });
    let items: Vec<_> = to.iter().map(item).collect();
    let request = json!({ "From_Account": from, "AddFriendItem": items, "AddType": kind, "ForceAddFlags": 1 });
    codes(&stage.ok("sns/friend_add", request))
}

pub(super) fn friendship(stage: &mut TestWorld, from: &str, to: &[&str], kind: &str) -> Vec<String> {
    let request = json!({ "From_Account": from, "To_Account": to, "CheckType": format!("CheckResult_Type_{kind}") });
    let response = stage.ok("sns/friend_check", request);
    let relation = |item: &Value| item["Relation"].as_str().unwrap().replace("CheckResult_Type_", "");
    response["InfoItem"].as_array().unwrap().iter().map(relation).collect()
}

#[test]
fn friendship_has_two_sides() {
    let mut stage = TestWorld::with(PEOPLE);
    assert_eq!(befriend(&mut stage, "alice", &["bob"], "Add_Type_Both"), [0]);
    assert_eq!(befriend(&mut stage, "alice", &["carol"], "Add_Type_Single"), [0]);
    assert_eq!(befriend(&mut stage, "dave", &["alice"], "Add_Type_Single"), [0]);
    let others = ["bob", "carol", "dave", "administrator"];
    assert_eq!(friendship(&mut stage, "alice", &others, "Both"), ["BothWay", "AWithB", "BWithA", "NoRelation"]);
    assert_eq!(friendship(&mut stage, "alice", &others, "Single"), ["AWithB", "AWithB", "NoRelation", "NoRelation"]);

    assert_eq!(befriend(&mut stage, "alice", &["bob", "carol", "alice"], "Add_Type_Single"), [30001, 30001, 30001]);
    assert_eq!(befriend(&mut stage, "alice", &["carol", "dave", "bob"], "Add_Type_Both"), [30001, 0, 30001]);
    assert_eq!(friendship(&mut stage, "alice", &["carol", "dave"], "Both"), ["AWithB", "BothWay"]);
}

#[test]
fn a_failed_friend_item_is_named_twice() {
    let mut stage = TestWorld::with(PEOPLE);
    let check =
        json!({ "From_Account": "alice", "To_Account": ["nobody", "bob"], "CheckType": "CheckResult_Type_Both" });
    let response = stage.ok("sns/friend_check", check);
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![30003, 0], &json!(["nobody"])));
    assert_eq!(response["InfoItem"][0]["Relation"], "CheckResult_Type_NoRelation");
    let check = json!({ "From_Account": "alice", "To_Account": ["bob"], "CheckType": "CheckResult_Type_Single" });
    assert_eq!(stage.ok("sns/friend_check", check).get("Fail_Account"), None);
}

#[test]
fn what_friend_commands_may_not_hold() {
    let mut stage = TestWorld::with(PEOPLE);
    let bob = json!({ "To_Account": "bob", "AddSource": "AddSource_Type_X" });
    for (command, body) in [
        ("friend_check", json!({ "From_Account": "alice", "To_Account": ["bob"] })),
        ("friend_check", json!({ "From_Account": "alice", "To_Account": ["bob"], "CheckType": "Both" })),
        ("friend_check", json!({ "From_Account": "alice", "To_Account": [], "CheckType": "CheckResult_Type_Both" })),
        (
            "friend_check",
            json!({ "From_Account": "alice", "To_Account": vec!["bob"; 1001], "CheckType": "CheckResult_Type_Both" }),
        ),
        ("friend_add", json!({ "From_Account": "alice", "AddFriendItem": [] })),
        ("friend_add", json!({ "From_Account": "alice", "AddFriendItem": [{ "To_Account": "bob" }] })),
        ("friend_add", json!({ "From_Account": "alice", "AddFriendItem": [bob], "AddType": "Add_Type_New" })),
        ("friend_import", json!({ "From_Account": "alice", "AddFriendItem": [] })),
        ("friend_import", json!({ "From_Account": "alice", "AddFriendItem": vec![&bob; 1001] })),
        ("friend_update", json!({ "From_Account": "alice", "UpdateItem": [] })),
        ("friend_update", json!({ "From_Account": "alice", "UpdateItem": [{ "To_Account": "bob", "SnsItem": [] }] })),
        ("friend_delete", json!({ "From_Account": "alice", "To_Account": [] })),
        ("friend_delete", json!({ "From_Account": "alice", "To_Account": ["bob"], "DeleteType": "Both" })),
    ] {
        assert_eq!(stage.rejected(&format!("sns/{command}"), body.clone()), 30001, "{command} {body}");
    }
    for command in ["friend_check", "friend_delete"] {
        let body = json!({ "From_Account": "nobody", "To_Account": ["bob"], "CheckType": "CheckResult_Type_Both" });
        assert_eq!(stage.rejected(&format!("sns/{command}"), body), 30003);
    }
}

#[test]
fn friend_lists_have_their_caps() {
    let mut stage = TestWorld::limited(RelationLimits { friends: Some(1), ..RelationLimits::NONE }, PEOPLE);
    assert_eq!(befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both"), [0, 30010]);
    assert_eq!(befriend(&mut stage, "carol", &["bob"], "Add_Type_Both"), [30014]);
    assert_eq!(friendship(&mut stage, "carol", &["bob"], "Both"), ["NoRelation"]);
    assert_eq!(befriend(&mut stage, "carol", &["bob"], "Add_Type_Single"), [0]);
}
