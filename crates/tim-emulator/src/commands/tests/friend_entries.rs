//! The entries of friend lists: what friend_add, friend_import and friend_update write.

use serde_json::{Value, json};
use tim_types::ErrorCode;

use super::PEOPLE;
use super::friends::friendship;
use crate::commands::testing::{TestWorld, codes};
use crate::gateway::MAX_BODY;
use crate::relation_limits::RelationLimits;
use crate::world::groups;

/// Reads an entry with friend_get_list. The tags are without their prefix.
fn entry(stage: &mut TestWorld, owner: &str, friend: &str) -> Value {
    let prefix = "Tag_SNS_";
    let tags = ["IM_AddSource", "IM_Remark", "IM_Group", "IM_AddWording", "IM_AddTime", "Custom_A", "Custom_B"];
    let tags = tags.map(|tag| format!("{prefix}{tag}"));
    let request = json!({ "From_Account": owner, "To_Account": [friend], "TagList": tags });
    let response = stage.ok("sns/friend_get_list", request);
    let fields = response["InfoItem"][0]["SnsProfileItem"].as_array().unwrap();
    let pair = |field: &Value| (field["Tag"].as_str().unwrap().replace(prefix, ""), field["Value"].clone());
    fields.iter().map(pair).collect()
}

/// Imports one friend of alice.
fn import(stage: &mut TestWorld, mut friend: Value) -> Value {
    friend["AddSource"] = json!("AddSource_Type_Web");
    let request = json!({ "From_Account": "alice", "AddFriendItem": [friend] });
    stage.ok("sns/friend_import", request)["ResultItem"][0].clone()
}

fn update(stage: &mut TestWorld, friend: &str, tag: &str, value: &Value) -> Value {
    let field = json!({ "Tag": format!("Tag_SNS_{tag}"), "Value": value });
    let item = json!({ "To_Account": friend, "SnsItem": [field] });
    stage.ok("sns/friend_update", json!({ "From_Account": "alice", "UpdateItem": [item] }))["ResultItem"][0].clone()
}

fn custom(name: &str, value: impl Into<Value>) -> Value {
    json!({ "Tag": format!("Tag_SNS_Custom_{name}"), "Value": value.into() })
}

fn groups_of(stage: &TestWorld, user: &str) -> Vec<String> {
    groups::list(&stage.world.db, &user.into()).unwrap()
}

#[test]
fn the_entry_of_the_target_has_no_remark_and_no_group() {
    let mut stage = TestWorld::with(PEOPLE);
    let bob = json!({
        "To_Account": "bob", "AddSource": "AddSource_Type_Web", "Remark": "Bob", "GroupName": "Work", "AddWording": "hi",
    });
    stage.ok("sns/friend_add", json!({ "From_Account": "alice", "AddFriendItem": [bob] }));
    let theirs = json!({ "IM_AddSource": "AddSource_Type_Web", "IM_AddWording": "hi", "IM_AddTime": 1000 });
    assert_eq!(entry(&mut stage, "bob", "alice"), theirs);
    let mut ours = theirs;
    (ours["IM_Remark"], ours["IM_Group"]) = (json!("Bob"), json!(["Work"]));
    assert_eq!(entry(&mut stage, "alice", "bob"), ours);
    assert_eq!((groups_of(&stage, "alice"), groups_of(&stage, "bob")), (vec!["Work".to_owned()], vec![]));
}

#[test]
fn an_import_writes_one_side_with_all_fields() {
    let mut stage = TestWorld::with(PEOPLE);
    let profile = json!([{ "Tag": "Tag_Profile_IM_AllowType", "Value": "AllowType_Type_DenyAny" }]);
    stage.ok("profile/portrait_set", json!({ "From_Account": "bob", "ProfileItem": profile }));
    stage.ok("sns/black_list_add", json!({ "From_Account": "bob", "To_Account": ["alice"] }));
    let bob = json!({
        "To_Account": "bob", "Remark": "Bob", "RemarkTime": 5, "GroupName": ["Work", "Chess", "Work"],
        "AddWording": "hi", "AddTime": 7, "CustomItem": [custom("B", 0), custom("A", "x")],
    });
    assert_eq!(import(&mut stage, bob), json!({ "To_Account": "bob", "ResultCode": 0, "ResultInfo": "" }));
    let expected = json!({
        "IM_AddSource": "AddSource_Type_Web", "IM_Remark": "Bob", "IM_Group": ["Work", "Chess"], "IM_AddWording": "hi",
        "IM_AddTime": 7, "Custom_A": "x", "Custom_B": 0,
    });
    assert_eq!(entry(&mut stage, "alice", "bob"), expected);
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Both"), ["AWithB"]);
    assert_eq!(groups_of(&stage, "alice"), ["Work", "Chess"]);
}

#[test]
fn an_import_of_a_friend_sets_the_given_fields() {
    let mut stage = TestWorld::with(PEOPLE);
    import(&mut stage, json!({ "To_Account": "bob", "Remark": "Bob", "GroupName": ["Work"], "AddWording": "hi" }));
    let more = json!({ "To_Account": "bob", "Remark": "", "AddTime": 7, "CustomItem": [custom("A", "x")] });
    assert_eq!(import(&mut stage, more)["ResultCode"], 0);
    let expected = json!({
        "IM_AddSource": "AddSource_Type_Web", "IM_Group": ["Work"], "IM_AddWording": "hi", "IM_AddTime": 7,
        "Custom_A": "x",
    });
    assert_eq!(entry(&mut stage, "alice", "bob"), expected);

    stage.settings.quirks.import_existing_friend_rejected = true;
    let item = import(&mut stage, json!({ "To_Account": "bob", "Remark": "B." }));
    assert_eq!(item["ResultCode"], 30001);
    assert_eq!(entry(&mut stage, "alice", "bob"), expected);
}

#[test]
fn a_wrong_source_rejects_its_item() {
    let mut stage = TestWorld::with(PEOPLE);
    let friend = |user: &str, source: &str| json!({ "To_Account": user, "AddSource": source });
    let items = json!([
        friend("bob", "AddSource_Type_11"),
        friend("carol", "AddSource_Type_Web"),
        friend("nobody", "Web"),
        friend("dave", ""),
    ]);
    for path in ["sns/friend_add", "sns/friend_import"] {
        let request = json!({ "From_Account": "alice", "AddFriendItem": items });
        let response = stage.ok(path, request);
        assert_eq!(codes(&response), [30001, 0, 30001, 30001], "{path}");
        assert_eq!(response["ResultItem"][0]["ResultInfo"], "Err_SNS_FriendAdd_Source_Illegal");
        assert_eq!(friendship(&mut stage, "alice", &["bob", "carol"], "Single"), ["NoRelation", "AWithB"]);
        stage.ok("sns/friend_delete_all", json!({ "From_Account": "alice" }));

        let mut invalid = friend("bob", "AddSource_Type_11");
        invalid["Remark"] = json!("x".repeat(97));
        assert_eq!(stage.rejected(path, json!({ "From_Account": "alice", "AddFriendItem": [invalid] })), 30001);
    }
}

#[test]
fn an_import_at_a_time_that_is_not_in_seconds_is_rejected() {
    let mut stage = TestWorld::with(PEOPLE);
    for (time, code) in [(1_700_000_000_000_u64, 30001), (u64::MAX, 30001), (253_402_300_799, 0)] {
        assert_eq!(import(&mut stage, json!({ "To_Account": "bob", "AddTime": time }))["ResultCode"], code, "{time}");
        let export = stage.export();
        assert!(TestWorld::with(&[]).import(&export).is_ok(), "an export can be imported again");
    }
}

#[test]
fn an_update_sets_only_the_given_fields() {
    let mut stage = TestWorld::with(PEOPLE);
    import(&mut stage, json!({ "To_Account": "bob", "Remark": "Bob", "GroupName": ["Work"] }));
    for (tag, value) in [
        ("IM_Remark", json!("B.")),
        ("IM_Group", json!(["Chess", "Go", "Chess"])),
        ("Custom_A", json!("x")),
        ("Custom_B", json!(5)),
    ] {
        assert_eq!(update(&mut stage, "bob", tag, &value)["ResultCode"], 0, "{tag}");
    }
    let mut expected = json!({
        "IM_AddSource": "AddSource_Type_Web", "IM_Remark": "B.", "IM_Group": ["Chess", "Go"], "IM_AddTime": 1000,
        "Custom_A": "x", "Custom_B": 5,
    });
    assert_eq!(entry(&mut stage, "alice", "bob"), expected);
    assert_eq!(groups_of(&stage, "alice"), ["Work", "Chess", "Go"], "a group without friends stays");
    for (tag, empty) in [("IM_Remark", json!("")), ("IM_Group", json!([])), ("Custom_A", json!(""))] {
        assert_eq!(update(&mut stage, "bob", tag, &empty)["ResultCode"], 0, "{tag}");
        expected.as_object_mut().unwrap().remove(tag);
        assert_eq!(entry(&mut stage, "alice", "bob"), expected, "an empty value removes {tag}");
    }
    let item = update(&mut stage, "carol", "IM_Remark", &json!("C."));
    assert_eq!(
        (&item["ResultCode"], &item["ResultInfo"]),
        (&json!(30001), &json!("Err_SNS_FriendUpdate_Friend_Not_Exist"))
    );
    assert_eq!(update(&mut stage, "nobody", "IM_Remark", &json!("N."))["ResultCode"], 30003);
}

#[test]
fn friends_and_groups_are_limited() {
    let limits = RelationLimits { friends: Some(2), groups: Some(2), ..RelationLimits::NONE };
    let mut stage = TestWorld::limited(limits, PEOPLE);
    assert_eq!(import(&mut stage, json!({ "To_Account": "bob", "GroupName": ["A", "B", "C"] }))["ResultCode"], 30011);
    assert_eq!(friendship(&mut stage, "alice", &["bob"], "Single"), ["NoRelation"]);
    assert_eq!(groups_of(&stage, "alice"), [""; 0], "none of them is created");
    assert_eq!(import(&mut stage, json!({ "To_Account": "bob", "GroupName": ["A", "B"] }))["ResultCode"], 0);

    let carol = json!({ "To_Account": "carol", "AddSource": "AddSource_Type_Web", "GroupName": "C" });
    let response = stage.ok("sns/friend_add", json!({ "From_Account": "alice", "AddFriendItem": [carol] }));
    assert_eq!(codes(&response), [30011]);
    assert_eq!(friendship(&mut stage, "alice", &["carol"], "Both"), ["NoRelation"]);

    let item = update(&mut stage, "bob", "IM_Group", &json!(["C"]));
    assert_eq!(item["ResultCode"], 30011, "the earlier groups still count");
    assert_eq!(item["ResultInfo"], "Err_SNS_FriendUpdate_Group_Num_Exceed_Threshold");
    assert_eq!(update(&mut stage, "bob", "IM_Group", &json!(["B"]))["ResultCode"], 0);

    assert_eq!(import(&mut stage, json!({ "To_Account": "carol" }))["ResultCode"], 0);
    let item = import(&mut stage, json!({ "To_Account": "dave" }));
    assert_eq!(item["ResultCode"], 30010);
    assert_eq!(item["ResultInfo"], "Err_SNS_FriendImport_My_Friend_Num_Exceed_Threshold");
    assert_eq!(import(&mut stage, json!({ "To_Account": "bob", "Remark": "b" }))["ResultCode"], 0, "already a friend");
    assert_eq!(import(&mut stage, json!({ "To_Account": "alice" }))["ResultCode"], 30001);
    assert_eq!(RelationLimits::default().groups, Some(32));
}

#[test]
fn the_largest_import_fits_into_a_body() {
    let mut stage = TestWorld::limited(RelationLimits::NONE, &["alice"]);
    let users: Vec<_> = (0..1000).map(|n| format!("{n:032}")).collect();
    stage
        .import(&users.iter().map(|user| json!({ "account": { "user": user } }).to_string() + "\n").collect::<String>())
        .unwrap();
    let groups: Vec<_> = (0..32).map(|n| format!("{n:030}")).collect();
    let letters = ('A'..='T').map(|letter| custom(&letter.to_string().repeat(8), "x".repeat(500)));
    let fields: Vec<_> = letters.collect();
    let friend = |user| {
        json!({
            "To_Account": user, "AddSource": "AddSource_Type_Computer", "Remark": "r".repeat(96), "RemarkTime": 1_700_000_000,
            "GroupName": groups, "AddWording": "w".repeat(256), "AddTime": 1_700_000_000, "CustomItem": fields,
        })
    };
    let friends: Vec<_> = users.iter().map(friend).collect();
    let body = json!({ "From_Account": "alice", "AddFriendItem": friends }).to_string();
    assert!((12_000_000..MAX_BODY).contains(&body.len()), "{}", body.len());
    let reply = stage.reply("sns", "friend_import", &body);
    assert!(reply.item_codes.len() == 1000 && reply.item_codes.iter().all(|code| *code == ErrorCode::OK));
}
