//! Removing friends.

use serde_json::{Value, json};
use tim_types::webhook::Event;

use super::PEOPLE;
use super::friends::{befriend, friendship};
use crate::commands::testing::{TestWorld, codes};

/// Calls a command. Returns the response and the pairs of its event.
fn call(stage: &mut TestWorld, command: &str, body: &Value) -> (Value, Vec<(String, String)>) {
    let reply = stage.reply("sns", command, &body.to_string());
    let response = serde_json::from_str(&reply.body).unwrap();
    let pairs = match reply.event {
        Some(Event::FriendDelete(event)) => event.pairs,
        None => Vec::new(),
        other => panic!("{other:?}"),
    };
    (response, pairs.into_iter().map(|pair| (pair.from.to_string(), pair.to.to_string())).collect())
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn friends_part_on_one_side_or_both() {
    let mut stage = TestWorld::with(PEOPLE);
    befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both");
    let request = json!({ "From_Account": "alice", "To_Account": ["bob", "bob"] });
    let (response, removed) = call(&mut stage, "friend_delete", &request);
    assert_eq!(removed, [pair("alice", "bob")]);
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_FriendDelete_Not_Friend");
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![0, 31704], &json!(["bob"])));
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["BWithA"]);
    let request = json!({ "From_Account": "alice", "To_Account": ["bob", "carol"], "DeleteType": "Delete_Type_Both" });
    let (response, removed) = call(&mut stage, "friend_delete", &request);
    assert_eq!((codes(&response), removed), (vec![31704, 0], vec![pair("alice", "carol"), pair("carol", "alice")]));
    assert_eq!(friendship(&mut stage, "alice", &["bob", "carol"], "Both"), ["BWithA", "NoRelation"]);
    let (response, removed) = call(&mut stage, "friend_delete", &request);
    assert_eq!((codes(&response), removed), (vec![31704, 31704], vec![]));
}

#[test]
fn both_sides_part_if_only_the_first_has_the_other() {
    let mut stage = TestWorld::with(PEOPLE);
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Single");
    let request = json!({ "From_Account": "alice", "To_Account": ["bob"], "DeleteType": "Delete_Type_Both" });
    let (response, removed) = call(&mut stage, "friend_delete", &request);
    assert_eq!((codes(&response), removed), (vec![0], vec![pair("alice", "bob")]));
}

#[test]
fn a_stranger_may_be_a_bad_parameter() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.settings.quirks.unfriend_stranger_bad_parameter = true;
    let response = stage.ok("sns/friend_delete", json!({ "From_Account": "alice", "To_Account": ["bob"] }));
    let expected = json!([
        { "To_Account": "bob", "ResultCode": 30001, "ResultInfo": "Err_SNS_FriendDelete_Not_Friend" },
    ]);
    assert_eq!(response["ResultItem"], expected);
}

#[test]
fn a_friend_list_can_be_emptied() {
    let mut stage = TestWorld::with(PEOPLE);
    for (kind, theirs) in [("Delete_Type_Single", "BWithA"), ("Delete_Type_Both", "NoRelation")] {
        befriend(&mut stage, "alice", &["bob", "carol"], "Add_Type_Both");
        let request = json!({ "From_Account": "alice", "DeleteType": kind });
        let (response, removed) = call(&mut stage, "friend_delete_all", &request);
        assert_eq!(response, json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "ErrorDisplay": "" }));
        assert_eq!(friendship(&mut stage, "alice", &["bob", "carol"], "Both"), [theirs, theirs]);
        let pairs = [pair("alice", "bob"), pair("alice", "carol"), pair("bob", "alice"), pair("carol", "alice")];
        assert_eq!(removed, pairs[..if theirs == "BWithA" { 2 } else { 4 }]);
    }
    let (response, removed) = call(&mut stage, "friend_delete_all", &json!({ "From_Account": "alice" }));
    assert_eq!((&response["ErrorCode"], removed), (&json!(0), vec![]), "an empty list");
    assert_eq!(stage.rejected("sns/friend_delete_all", json!({ "From_Account": "nobody" })), 30003);
    assert_eq!(stage.rejected("sns/friend_delete_all", json!({ "From_Account": "alice", "DeleteType": "All" })), 30001);
}
