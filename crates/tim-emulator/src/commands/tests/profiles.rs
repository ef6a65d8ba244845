//! Profiles.

use serde_json::{Value, json};
use tim_types::webhook::{Event, ProfileSet};
use tim_types::{Profile, ProfileItem};

use super::PEOPLE;
use super::friends::befriend;
use crate::commands::testing::{TestWorld, codes};

const SET: &str = "profile/portrait_set";
const GET: &str = "profile/portrait_get";

fn nick(value: impl Into<Value>) -> Value {
    json!({ "Tag": "Tag_Profile_IM_Nick", "Value": value.into() })
}

#[test]
fn each_invalid_field_rejects_the_whole_call() {
    let mut stage = TestWorld::with(PEOPLE);
    for (from, fields, code) in [
        ("nobody", json!([nick("x")]), 40003),
        ("", json!([nick("x")]), 40001),
        ("alice", json!([]), 40001),
        ("alice", json!({}), 40001),
        ("alice", json!([{ "Value": "x" }]), 40001),
        ("alice", json!([nick("x"), nick("x".repeat(501))]), 40601),
        ("alice", json!([nick("x"), { "Tag": "Nick", "Value": "x" }]), 40009),
        ("alice", json!([nick("x"), { "Tag": "Tag_Profile_IM_Gender", "Value": "Male" }]), 40605),
        ("alice", json!([nick("x"), nick(true)]), 40610),
        ("alice", json!([nick("x"), { "Tag": "Tag_Profile_IM_Level" }]), 40610),
        // The code of an invalid field takes precedence over the code of an unknown account.
        ("nobody", json!([nick(7)]), 40610),
    ] {
        let response = stage.call(SET, json!({ "From_Account": from, "ProfileItem": fields }));
        assert_eq!(response["ErrorCode"], code, "{from} {fields}");
        assert_eq!(response["ErrorDisplay"], "", "{from} {fields}");
    }
    let response = stage.ok(GET, json!({ "To_Account": ["alice"], "TagList": ["Tag_Profile_IM_Nick"] }));
    assert_eq!(response["UserProfileItem"][0]["ProfileItem"], json!([]), "a rejected call sets nothing");
}

#[test]
fn a_profile_is_read_in_the_order_of_the_request() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.ok("im_open_login_svc/account_import", json!({ "UserID": "bob", "Nick": "Bob", "FaceUrl": "b.png" }));
    let tags = ["Tag_Profile_IM_Nick", "Tag_Profile_Custom_X", "Tag_Profile_IM_Image"];
    let response = stage.ok(GET, json!({ "To_Account": ["bob", "nobody", "alice"], "TagList": tags }));
    let fields = json!([nick("Bob"), { "Tag": "Tag_Profile_IM_Image", "Value": "b.png" }]);
    let first = json!({ "To_Account": "bob", "ProfileItem": fields, "ResultCode": 0, "ResultInfo": "" });
    assert_eq!(response["UserProfileItem"][0], first);
    assert_eq!(response["UserProfileItem"][1].get("ProfileItem"), None);
    assert_eq!((codes(&response), &response["Fail_Account"]), (vec![0, 40003, 0], &json!(["nobody"])));
    for (body, code) in [
        (json!({ "To_Account": ["bob"] }), 40001),
        (json!({ "To_Account": ["bob"], "TagList": [] }), 40001),
        (json!({ "To_Account": ["bob"], "TagList": ["Tag_Profile_IM_Nick", "Nick"] }), 40009),
        (json!({ "To_Account": ["bob"], "TagList": ["Tag_Profile_IM_Newest"] }), 40009),
        (json!({ "To_Account": vec!["bob"; 101], "TagList": tags }), 40001),
        (json!({ "To_Account": ["bob", ""], "TagList": tags }), 40001),
        (json!({ "To_Account": [], "TagList": tags }), 40002),
        (json!({ "TagList": tags }), 40001),
    ] {
        assert_eq!(stage.rejected(GET, body.clone()), code, "{body}");
    }
}

#[test]
fn a_change_of_a_profile_is_an_event() {
    let mut stage = TestWorld::with(PEOPLE);
    let body = json!({ "From_Account": "bob", "ProfileItem": [nick("Bobby")] });
    let reply = stage.reply("profile", "portrait_set", &body.to_string());
    let fields = Profile::from(vec![ProfileItem::nick("Bobby")]);
    let event = ProfileSet { operator: "administrator".into(), user: "bob".into(), time_ms: 1_000_000, fields };
    assert_eq!(reply.event, Some(Event::ProfileSet(event)));
    let body = json!({ "UserID": "bob", "Nick": "Bob" });
    assert_eq!(stage.reply("im_open_login_svc", "account_import", &body.to_string()).event, None);
}

#[test]
fn unset_fields_may_be_empty_texts() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.settings.quirks.unset_fields_empty = true;
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Both");
    let tags = ["Tag_Profile_IM_Level", "Tag_Profile_IM_Nick", "Tag_Profile_Custom_X"];
    let empty = json!([nick(""), { "Tag": "Tag_Profile_Custom_X", "Value": "" }]);
    let response = stage.ok(GET, json!({ "To_Account": ["bob"], "TagList": tags }));
    assert_eq!(response["UserProfileItem"][0]["ProfileItem"], empty);
    let body = json!({ "From_Account": "alice", "To_Account": ["bob"], "TagList": tags });
    assert_eq!(stage.ok("sns/friend_get_list", body)["InfoItem"][0]["SnsProfileItem"], empty);
    let body = json!({ "From_Account": "alice", "To_Account": ["bob"], "TagList": ["Tag_SNS_IM_Group"] });
    assert_eq!(stage.ok("sns/friend_get_list", body)["InfoItem"][0]["SnsProfileItem"], json!([]), "a list");
}
