//! Friend groups.

use serde_json::{Value, json};

use super::PEOPLE;
use super::friends::befriend;
use crate::app_settings::AppSettings;
use crate::commands::testing::{TestWorld, codes};
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

fn add(stage: &mut TestWorld, names: &[&str], to: &[&str]) -> Value {
    let mut request = json!({ "From_Account": "alice", "GroupName": names });
    if !to.is_empty() {
        request["To_Account"] = json!(to);
    }
    stage.call("sns/group_add", request)
}

/// Deletes groups of alice and returns the version of her groups.
fn delete(stage: &mut TestWorld, names: &[&str]) -> Value {
    stage.ok("sns/group_delete", json!({ "From_Account": "alice", "GroupName": names }))["CurrentSequence"].clone()
}

/// The groups of alice with their friends. No names means all groups.
fn list(stage: &mut TestWorld, names: &[&str]) -> Value {
    let request = json!({ "From_Account": "alice", "NeedFriend": "Need_Friend_Type_Yes", "GroupName": names });
    stage.ok("sns/group_get", request)["ResultItem"].clone()
}

fn group(name: &str, friends: &[&str]) -> Value {
    json!({ "GroupName": name, "FriendNumber": friends.len(), "To_Account": friends })
}

/// Alice with the friends bob and carol; dave is not a friend.
fn stage(settings: AppSettings) -> TestWorld {
    let mut stage = TestWorld::with_settings(settings, PEOPLE);
    befriend(&mut stage, "alice", &["carol", "bob"], "Add_Type_Both");
    stage
}

#[test]
fn friends_are_put_in_all_groups_of_the_call() {
    let mut stage = stage(AppSettings::default());
    let response = add(&mut stage, &["Work", "Chess"], &["carol", "dave", "nobody", "bob"]);
    assert_eq!(codes(&response), [0, 30001, 30003, 0]);
    assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_GroupAdd_Friend_Not_Exist");
    assert_eq!((&response["Fail_Account"], &response["CurrentSequence"]), (&json!(["dave", "nobody"]), &json!(2)));
    let both = ["bob", "carol"];
    assert_eq!(list(&mut stage, &[]), json!([group("Work", &both), group("Chess", &both)]));

    let response = add(&mut stage, &["Chess", "School"], &["bob"]);
    assert_eq!((codes(&response), response.get("Fail_Account")), (vec![0], None));
    assert_eq!(response["CurrentSequence"], 3, "Chess existed");
    assert_eq!(list(&mut stage, &["School", "Chess"]), json!([group("Chess", &both), group("School", &["bob"])]));
}

#[test]
fn groups_without_friends_have_no_items() {
    let mut stage = stage(AppSettings::default());
    let expected = json!({ "CurrentSequence": 1, "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "",
        "ErrorDisplay": "" });
    assert_eq!(add(&mut stage, &["Work", "Work"], &[]), expected);
    assert_eq!(add(&mut stage, &["Work"], &[]), expected, "an existing group");
    assert_eq!(list(&mut stage, &["Chess", "Work"]), json!([group("Work", &[])]));
}

#[test]
fn a_deleted_group_leaves_its_friends() {
    let mut stage = stage(AppSettings::default());
    add(&mut stage, &["Work", "Chess"], &["bob"]);
    assert_eq!(delete(&mut stage, &["Chess", "Chess", "School"]), 3, "one group existed, once");
    assert_eq!(list(&mut stage, &[]), json!([group("Work", &["bob"])]));
    assert_eq!(super::friends::friendship(&mut stage, "alice", &["bob"], "Both"), ["BothWay"]);
    assert_eq!(delete(&mut stage, &["Work"]), 4);
    assert_eq!(list(&mut stage, &[]), json!([]));
}

#[test]
fn the_end_of_a_friendship_leaves_the_group() {
    let mut stage = stage(AppSettings::default());
    add(&mut stage, &["Work"], &["bob", "carol"]);
    stage.ok("sns/black_list_add", json!({ "From_Account": "bob", "To_Account": ["alice"] }));
    assert_eq!(list(&mut stage, &[]), json!([group("Work", &["carol"])]));
}

#[test]
fn too_many_groups_reject_the_call() {
    let mut limited = stage(AppSettings {
        relation_limits: RelationLimits { groups: Some(2), ..RelationLimits::NONE },
        ..AppSettings::default()
    });
    assert_eq!(add(&mut limited, &["Work"], &["bob"])["ErrorCode"], 0);
    let response = add(&mut limited, &["Chess", "School"], &["bob"]);
    assert_eq!((&response["ErrorCode"], response.get("ResultItem")), (&json!(30011), None));
    assert_eq!(list(&mut limited, &[]), json!([group("Work", &["bob"])]), "nothing was changed");
    assert_eq!(add(&mut limited, &["Chess", "Work", "Chess"], &[])["CurrentSequence"], 2);

    let mut default = stage(AppSettings::default());
    let names: Vec<String> = (0..33).map(|n| format!("Group {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(add(&mut default, &names, &[])["ErrorCode"], 30011);
    assert_eq!(add(&mut default, &names[..32], &[])["ErrorCode"], 0);
}

#[test]
fn groups_are_listed_with_or_without_friends() {
    let mut stage = stage(AppSettings::default());
    add(&mut stage, &["Work"], &["bob"]);
    let mut get = |fields: Value| {
        let mut request = json!({ "From_Account": "alice" });
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        stage.ok("sns/group_get", request)["ResultItem"][0].clone()
    };
    let bare = json!({ "GroupName": "Work", "FriendNumber": 1 });
    assert_eq!(get(json!({})), bare);
    assert_eq!(get(json!({ "NeedFriend": "Need_Friend_Type_No", "LastSequence": 1 })), bare);
    assert_eq!(get(json!({ "NeedFriend": "Need_Friend_Type_Yes", "LastSequence": 1 })), group("Work", &["bob"]));
}

#[test]
fn group_commands_have_quirks() {
    let stage = |quirks| stage(AppSettings { quirks, ..AppSettings::default() });
    let mut old = stage(Quirks { group_stranger_old_code: true, ..Quirks::default() });
    let response = add(&mut old, &["Work"], &["dave", "bob"]);
    assert_eq!(codes(&response), [32216, 0]);
    assert_eq!(response["ResultItem"][0]["ResultInfo"], "Err_SNS_GroupAdd_ToTinyId_Not_Friend");

    let mut hiding = stage(Quirks { group_names_hide_friends: true, ..Quirks::default() });
    add(&mut hiding, &["Work"], &["bob"]);
    assert_eq!(list(&mut hiding, &["Work"]), json!([{ "GroupName": "Work", "FriendNumber": 1 }]));
    assert_eq!(list(&mut hiding, &[]), json!([group("Work", &["bob"])]));
}

#[test]
fn what_group_commands_may_not_hold() {
    let mut stage = stage(AppSettings::default());
    for (command, body) in [
        ("group_add", json!({ "From_Account": "alice" })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": [] })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": [""] })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": ["x".repeat(31)] })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": vec!["Work"; 1001] })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": ["Work"], "To_Account": [""] })),
        ("group_add", json!({ "From_Account": "alice", "GroupName": ["Work"], "To_Account": vec!["bob"; 1001] })),
        ("group_delete", json!({ "From_Account": "alice", "GroupName": [] })),
        ("group_delete", json!({ "From_Account": "alice", "GroupName": vec!["Work"; 1001] })),
        ("group_get", json!({ "From_Account": "alice", "NeedFriend": "Yes" })),
        ("group_get", json!({ "From_Account": "alice", "GroupName": vec!["Work"; 1001] })),
        ("group_get", json!({ "From_Account": "" })),
    ] {
        assert_eq!(stage.rejected(&format!("sns/{command}"), body.clone()), 30001, "{command} {body}");
    }
    for command in ["group_add", "group_delete", "group_get"] {
        let body = json!({ "From_Account": "nobody", "GroupName": ["Work"] });
        assert_eq!(stage.rejected(&format!("sns/{command}"), body), 30003);
    }
    assert_eq!(codes(&add(&mut stage, &["Work"], &["bob"; 1000])), [0; 1000]);
}
