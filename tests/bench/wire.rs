//! The flat structs that a program without these crates would use, and the responses to decode.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    #[serde(rename = "From_Account")]
    pub(crate) from: String,
    #[serde(rename = "To_Account")]
    pub(crate) to: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only reading them is measured")]
pub(crate) struct Checked {
    result_item: Vec<CheckedItem>,
    action_status: String,
    error_code: i64,
    error_info: String,
    error_display: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only reading them is measured")]
struct CheckedItem {
    #[serde(rename = "To_Account")]
    to: String,
    result_code: i64,
    result_info: String,
    follow_type: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only reading them is measured")]
pub(crate) struct Listed {
    follow_item: Vec<ListedItem>,
    next_cursor: String,
    action_status: String,
    error_code: i64,
    error_info: String,
    error_display: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only reading them is measured")]
struct ListedItem {
    #[serde(rename = "To_Account")]
    to: String,
    follow_time: i64,
    profile_item: Vec<Profile>,
    #[serde(rename = "profile_sequence")]
    sequence: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only reading them is measured")]
struct Profile {
    tag: String,
    value: Value,
}

pub(crate) fn users(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("UserID_{number:06}")).collect()
}

/// A response of follow_check with this many targets.
pub(crate) fn check_response(count: usize) -> String {
    let item = |user: &String| {
        format!(r#"{{"To_Account":"{user}","ResultCode":0,"ResultInfo":"","FollowType":{}}}"#, user.len() % 4)
    };
    let items: Vec<_> = users(count).iter().map(item).collect();
    format!(
        r#"{{"ResultItem":[{}],"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""}}"#,
        items.join(",")
    )
}

/// A page of follow_get with this many users, each with the profile of the documented sample.
pub(crate) fn list_response(count: usize) -> String {
    let item = |user: &String| {
        format!(
            r#"{{"To_Account":"{user}","FollowTime":1702262118,"ProfileItem":[{{"Tag":"Tag_Profile_IM_Nick","Value":"NickName {user}"}},{{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_DenyAny"}},{{"Tag":"Tag_Profile_IM_SelfSignature","Value":"I'm {user}"}},{{"Tag":"Tag_Profile_Custom_Test","Value":"Custom Data"}}],"profile_sequence":123}}"#
        )
    };
    let items: Vec<_> = users(count).iter().map(item).collect();
    format!(
        r#"{{"FollowItem":[{}],"NextCursor":"","ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""}}"#,
        items.join(",")
    )
}
