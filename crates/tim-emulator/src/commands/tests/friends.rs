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
fn friends_part_on_one_side_or_both() {
    let mut stage = TestWorld::with(PEOPLE);
    befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both");
    let request = json!({ "From_Account": "alice", "To_Account": ["bob", "bob"] });
    let response = stage.ok("sns/friend_delete", request);
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_FriendDelete_Not_Friend");
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![0, 31704], &json!(["bob"])));
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["BWithA"]);
    let request = json!({ "From_Account": "alice", "To_Account": ["bob", "carol"], "DeleteType": "Delete_Type_Both" });
    assert_eq!(stage.ok("sns/friend_delete", request).get("Fail_Account"), None);
    assert_eq!(friendship(&mut stage, "alice", &["bob", "carol"], "Both"), ["NoRelation", "NoRelation"]);
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
        (
            "friend_add",
            json!({ "From_Account": "alice", "AddFriendItem": [{ "To_Account": "bob", "AddSource": "X" }] }),
        ),
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
fn a_friend_list_says_what_was_noted() {
    let mut stage = TestWorld::with(PEOPLE);
    befriend(&mut stage, "alice", &["carol", "bob"], "Add_Type_Both");
    let response = stage.ok("sns/friend_get", json!({ "From_Account": "alice", "StartIndex": 0 }));
    let note = json!([
        { "Tag": "Tag_SNS_IM_AddSource", "Value": "AddSource_Type_Test" },
        { "Tag": "Tag_SNS_IM_Remark", "Value": "r" },
        { "Tag": "Tag_SNS_IM_AddTime", "Value": 1000 },
    ]);
    let friends = ["bob", "carol"].map(|user| json!({ "To_Account": user, "ValueItem": note }));
    let expected = json!({
        "UserDataItem": friends, "StandardSequence": 2, "CustomSequence": 0, "FriendNum": 2, "CompleteFlag": 1,
        "NextStartIndex": 0, "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ErrorDisplay": "",
    });
    assert_eq!(response, expected);
    let known = json!({ "From_Account": "alice", "StartIndex": 0, "StandardSequence": 2, "CustomSequence": 0 });
    assert_eq!(stage.ok("sns/friend_get", known)["UserDataItem"], json!([]), "nothing new");
    let theirs = stage.ok("sns/friend_get", json!({ "From_Account": "bob", "StartIndex": 0 }));
    assert_eq!(theirs["UserDataItem"][0]["ValueItem"].as_array().unwrap().len(), 2, "the remark is for one side");
}

#[test]
fn a_friend_list_has_pages_of_500() {
    let mut stage = TestWorld::with(PEOPLE);
    let record = |n| json!({ "friend": { "owner": "alice", "friend": format!("u{n:03}") } }).to_string() + "\n";
    stage.import(&(0..501).map(record).collect::<String>()).unwrap();
    let mut page = |start: u32, known: &Value| {
        let request = json!({ "From_Account": "alice", "StartIndex": start, "StandardSequence": known });
        let response = stage.ok("sns/friend_get", request);
        let size = response["UserDataItem"].as_array().unwrap().len();
        let numbers = ["FriendNum", "CompleteFlag", "NextStartIndex"].map(|key| response[key].as_u64().unwrap());
        ((size, numbers), response["StandardSequence"].clone())
    };
    let (first, sequence) = page(0, &json!(0));
    assert_eq!(first, (500, [501, 0, 500]));
    assert_eq!(page(500, &json!(0)).0, (1, [501, 1, 0]));
    assert_eq!(page(500, &sequence).0, (1, [501, 1, 0]), "who pages with the sequence misses nobody");
    assert_eq!(page(0, &sequence).0, (0, [501, 1, 0]));
}

#[test]
fn a_friend_list_can_be_emptied() {
    let mut stage = TestWorld::with(PEOPLE);
    for (kind, theirs) in [("Delete_Type_Single", "BWithA"), ("Delete_Type_Both", "NoRelation")] {
        befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both");
        let response = stage.ok("sns/friend_delete_all", json!({ "From_Account": "alice", "DeleteType": kind }));
        assert_eq!(response, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ErrorDisplay": "" }));
        assert_eq!(friendship(&mut stage, "alice", &["bob", "carol"], "Both"), [theirs, theirs]);
    }
    assert_eq!(stage.rejected("sns/friend_delete_all", json!({ "From_Account": "alice", "DeleteType": "All" })), 30001);
}

#[test]
fn friend_lists_have_their_caps() {
    let mut stage = TestWorld::limited(RelationLimits { friends: Some(1), ..RelationLimits::NONE }, PEOPLE);
    assert_eq!(befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both"), [0, 30010]);
    assert_eq!(befriend(&mut stage, "carol", &["bob"], "Add_Type_Both"), [30014]);
    assert_eq!(friendship(&mut stage, "carol", &["bob"], "Both"), ["NoRelation"]);
    assert_eq!(befriend(&mut stage, "carol", &["bob"], "Add_Type_Single"), [0]);
}
