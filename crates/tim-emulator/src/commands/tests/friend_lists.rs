//! Listing friends.

use serde_json::{Value, json};

use super::PEOPLE;
use super::friends::befriend;
use crate::app_settings::AppSettings;
use crate::commands::testing::{TestWorld, codes};

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
    let theirs = stage.ok("sns/friend_get", json!({ "From_Account": "bob", "StartIndex": 0 }));
    assert_eq!(theirs["UserDataItem"][0]["ValueItem"].as_array().unwrap().len(), 2, "the remark is for one side");
}

/// Imports the friends `u0`, `u1` and so on of alice, without any field but the time.
fn with_friends(settings: AppSettings, count: u32) -> TestWorld {
    let mut stage = TestWorld::with_settings(settings, PEOPLE);
    let record = |n| json!({ "friend": { "owner": "alice", "friend": format!("u{n:03}") } }).to_string() + "\n";
    stage.import(&(0..count).map(record).collect::<String>()).unwrap();
    stage
}

/// The size of a page with `FriendNum`, `CompleteFlag` and `NextStartIndex`, and its
/// `StandardSequence`.
fn page(stage: &mut TestWorld, start: u32, known: &Value) -> ((usize, [u64; 3]), Value) {
    let request = json!({ "From_Account": "alice", "StartIndex": start, "StandardSequence": known });
    let response = stage.ok("sns/friend_get", request);
    let size = response["UserDataItem"].as_array().unwrap().len();
    let numbers = ["FriendNum", "CompleteFlag", "NextStartIndex"].map(|key| response[key].as_u64().unwrap());
    ((size, numbers), response["StandardSequence"].clone())
}

#[test]
fn a_friend_list_has_pages_of_100_by_default() {
    let mut stage = with_friends(AppSettings::default(), 101);
    let (first, sequence) = page(&mut stage, 0, &json!(0));
    assert_eq!(first, (100, [101, 0, 100]));
    assert_eq!(page(&mut stage, 100, &json!(0)).0, (1, [101, 1, 0]));
    assert_eq!(page(&mut stage, 200, &json!(0)).0, (0, [101, 1, 0]));
    assert_eq!(page(&mut stage, u32::MAX, &json!(0)).0, (0, [101, 1, 0]));
    assert_eq!(page(&mut stage, 100, &sequence).0, (1, [101, 1, 0]), "the sequence does not shorten a further page");
    assert_eq!(page(&mut stage, 0, &sequence).0, (0, [101, 1, 0]));
}

#[test]
fn the_size_of_a_page_can_be_set() {
    let mut stage = with_friends(AppSettings { friend_page_size: 2, ..AppSettings::default() }, 4);
    assert_eq!(page(&mut stage, 0, &json!(0)).0, (2, [4, 0, 2]));
    assert_eq!(page(&mut stage, 1, &json!(0)).0, (2, [4, 0, 3]), "a position does not have to start a page");
    assert_eq!(page(&mut stage, 2, &json!(0)).0, (2, [4, 1, 0]), "a full page can be the last one");
    stage.settings.friend_page_size = u32::MAX;
    assert_eq!(page(&mut stage, 1, &json!(0)).0, (3, [4, 1, 0]));
}

#[test]
fn a_known_part_of_the_data_is_left_out() {
    let mut stage = TestWorld::with(PEOPLE);
    stage
        .import(concat!(
            r#"{"friend":{"owner":"alice","friend":"bob","remark":"B","custom":{"Tag_SNS_Custom_T":"x"},"at":7}}"#,
            "\n",
            r#"{"friend":{"owner":"alice","friend":"carol","wording":"hi","groups":["Work"],"at":8}}"#,
        ))
        .unwrap();
    let field = |tag: &str, value: Value| json!({ "Tag": format!("Tag_SNS_{tag}"), "Value": value });
    let standard = [
        vec![field("IM_Remark", json!("B")), field("IM_AddTime", json!(7))],
        vec![field("IM_Group", json!(["Work"])), field("IM_AddWording", json!("hi")), field("IM_AddTime", json!(8))],
    ];
    let custom = [vec![field("Custom_T", json!("x"))], vec![]];
    let all = [[&standard[0][..], &custom[0]].concat(), standard[1].clone()];

    let mut list = |standard: i64, custom: i64| {
        let request = json!({ "From_Account": "alice", "StartIndex": 0, "StandardSequence": standard,
            "CustomSequence": custom });
        let response = stage.ok("sns/friend_get", request);
        assert_eq!(["StandardSequence", "CustomSequence", "FriendNum"].map(|key| response[key].clone()), [2, 1, 2]);
        assert_eq!((&response["CompleteFlag"], &response["NextStartIndex"]), (&json!(1), &json!(0)));
        response["UserDataItem"].clone()
    };
    let items = |fields: &[Vec<Value>; 2]| json!([{ "To_Account": "bob", "ValueItem": fields[0] }, { "To_Account": "carol", "ValueItem": fields[1] }]);
    for (known_standard, known_custom) in [(0, 0), (1, 0), (3, 2), (-2, -1)] {
        assert_eq!(list(known_standard, known_custom), items(&all));
    }
    assert_eq!(list(2, 0), items(&custom), "a friend without custom fields is still a friend");
    assert_eq!(list(0, 1), items(&standard));
    assert_eq!(list(2, 1), json!([]));
}

#[test]
fn known_friends_may_end_the_paging() {
    let mut settings = AppSettings { friend_page_size: 2, ..AppSettings::default() };
    settings.quirks.known_friends_end_paging = true;
    let mut stage = with_friends(settings, 5);
    let (first, sequence) = page(&mut stage, 2, &json!(0));
    assert_eq!(first, (2, [5, 0, 4]));
    assert_eq!(page(&mut stage, 2, &sequence).0, (0, [5, 1, 0]));
}

#[test]
fn friends_are_read_only_of_users_with_accounts() {
    let mut stage = TestWorld::with(PEOPLE);
    let request =
        json!({ "From_Account": "alice", "To_Account": ["nobody", "dave"], "TagList": ["Tag_SNS_IM_Remark"] });
    let response = stage.ok("sns/friend_get_list", request.clone());
    assert_eq!(codes(&response), [30003, 30001]);
    assert_eq!(response["InfoItem"][1]["ResultInfo"], "Err_SNS_FriendGetList_Friend_Not_Exist");
    stage.settings.quirks.unknown_target_rejects_call = true;
    assert_eq!(stage.rejected("sns/friend_get_list", request), 30003);
}
