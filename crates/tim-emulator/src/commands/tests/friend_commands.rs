//! Random requests of the commands that write and read entries of friend lists. Most are valid.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::model_friends::{MILLISECONDS, WRONG_SOURCE};
use super::users::{user, users};

/// A command and its request.
pub(super) fn any() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        4 => add().prop_map(|request| ("sns/friend_add", request)),
        2 => import().prop_map(|request| ("sns/friend_import", request)),
        2 => update().prop_map(|request| ("sns/friend_update", request)),
        2 => get().prop_map(|request| ("sns/friend_get_list", request)),
        1 => forbid().prop_map(|request| ("profile/portrait_set", request)),
    ]
}

/// An object without the keys whose value is null.
fn object(fields: Value) -> Value {
    let Value::Object(fields) = fields else { unreachable!() };
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// Often no text, rarely one that is too long.
fn text(max: usize) -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![60 => "[r-t]{0,2}", 1 => Just("x".repeat(max + 1))])
}

fn group() -> impl Strategy<Value = String> {
    prop_oneof![90 => "[p-t]", 1 => Just(String::new()), 1 => Just("x".repeat(31))]
}

fn source() -> impl Strategy<Value = &'static str> {
    prop_oneof![90 => Just("AddSource_Type_Test"), 90 => Just("AddSource_Type_Web"), 1 => Just(WRONG_SOURCE)]
}

fn custom() -> impl Strategy<Value = Value> {
    let tag = prop_oneof![60 => "Tag_SNS_Custom_[AB]", 1 => Just("Tag_SNS_Custom_1".to_owned())];
    let value =
        prop_oneof![60 => Just(json!("x")), 30 => Just(json!("")), 30 => Just(json!(5)), 1 => Just(json!(true))];
    (tag, value).prop_map(|(tag, value)| json!({ "Tag": tag, "Value": value }))
}

fn add() -> impl Strategy<Value = Value> {
    let item = (user(), source(), text(96), option::of(group()), text(256)).prop_map(|(to, source, remark, group, wording)| {
        object(json!({ "To_Account": to, "AddSource": source, "Remark": remark, "GroupName": group, "AddWording": wording }))
    });
    let kind = prop_oneof![
        9 => Just(Some("Add_Type_Both")),
        9 => Just(Some("Add_Type_Single")),
        6 => Just(None),
        1 => Just(Some("Add_Type_New")),
    ];
    (user(), vec(item, 0..5), kind, option::of(0..3)).prop_map(|(from, items, kind, force)| {
        object(json!({ "From_Account": from, "AddFriendItem": items, "AddType": kind, "ForceAddFlags": force }))
    })
}

fn import() -> impl Strategy<Value = Value> {
    let texts = (text(96), text(256));
    let time = prop_oneof![30 => 990..1010_u64, 1 => Just(MILLISECONDS)];
    let item = (user(), source(), texts, vec(group(), 0..4), option::of(time), vec(custom(), 0..3)).prop_map(
        |(to, source, (remark, wording), groups, at, custom)| {
            object(json!({
                "To_Account": to, "AddSource": source, "Remark": remark, "RemarkTime": at, "GroupName": groups,
                "AddWording": wording, "AddTime": at, "CustomItem": custom,
            }))
        },
    );
    (user(), vec(item, 0..4)).prop_map(|(from, items)| json!({ "From_Account": from, "AddFriendItem": items }))
}

fn update() -> impl Strategy<Value = Value> {
    let remark = text(96).prop_map(|text| json!({ "Tag": "Tag_SNS_IM_Remark", "Value": text.unwrap_or_default() }));
    let groups = vec(group(), 0..4).prop_map(|names| json!({ "Tag": "Tag_SNS_IM_Group", "Value": names }));
    let other = Just(json!({ "Tag": "Tag_SNS_IM_AddSource", "Value": "AddSource_Type_Web" }));
    let field = prop_oneof![30 => remark, 60 => groups, 60 => custom(), 1 => other];
    let fields = prop_oneof![60 => vec(field, 1..3), 1 => Just(Vec::new())];
    let item = (user(), fields).prop_map(|(to, fields)| json!({ "To_Account": to, "SnsItem": fields }));
    (user(), vec(item, 0..4)).prop_map(|(from, items)| json!({ "From_Account": from, "UpdateItem": items }))
}

fn get() -> impl Strategy<Value = Value> {
    let all = [
        "Tag_SNS_IM_Group",
        "Tag_SNS_IM_Remark",
        "Tag_SNS_IM_AddSource",
        "Tag_SNS_IM_AddWording",
        "Tag_SNS_IM_AddTime",
        "Tag_SNS_Custom_A",
        "Tag_SNS_Custom_B",
        "Tag_Profile_IM_Nick",
        "Tag_Profile_IM_AllowType",
    ];
    let tags = prop_oneof![20 => Just(all.to_vec()), 10 => prop::sample::subsequence(all.to_vec(), 0..4)];
    (user(), users(), tags)
        .prop_map(|(from, to, tags)| json!({ "From_Account": from, "To_Account": to, "TagList": tags }))
}

/// Sets whether a user may send friend requests.
fn forbid() -> impl Strategy<Value = Value> {
    (user(), prop::bool::ANY).prop_map(|(user, out)| {
        let value = if out { "AdminForbid_Type_SendOut" } else { "AdminForbid_Type_None" };
        json!({ "From_Account": user, "ProfileItem": [{ "Tag": "Tag_Profile_IM_AdminForbidType", "Value": value }] })
    })
}
