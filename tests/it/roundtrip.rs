//! Every wire type survives `parse(serialize(x))`; unknown fields and unknown values do no harm.

mod values;

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tim_types::{
    Cursor, Empty, ErrorCode, ProfileTag, Response, SdkAppId, TargetResult, TargetResults, UserId, follow, friend,
};

/// Reads back what was written, then once more with an unknown field in every object.
fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(value).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    let mut grown: Value = serde_json::from_str(&text).unwrap();
    grow(&mut grown);
    prop_assert_eq!(&serde_json::from_str::<T>(&grown.to_string()).unwrap(), value);
    Ok(())
}

fn grow(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(grow),
        Value::Object(fields) => {
            fields.values_mut().for_each(grow);
            fields.insert("Added_Later".to_owned(), serde_json::json!({"a": [1, null, "x"]}));
        }
        _ => {}
    }
}

/// One property test for each type.
macro_rules! survive {
    ($($name:ident: $type:ty = $strategy:expr;)*) => {
        proptest! {
            $(#[test] fn $name(value in $strategy) { survives::<$type>(&value)?; })*
        }
    };
}

survive! {
    request_follow_add: follow::Add = values::add();
    request_follow_delete: follow::Delete = values::delete();
    request_follow_check: follow::Check = values::check();
    request_follow_get: follow::List = values::list();
    request_follow_get_info: follow::Counts = values::counts();
    request_friend_check: friend::Check = values::friend_check();

    answer_empty: Response<Empty> = values::answer(Just(Empty {}));
    answer_follow_add_and_delete: Response<TargetResults> = values::answer(values::target_results());
    answer_follow_check: Response<follow::CheckResponse> = values::answer(values::check_response());
    answer_follow_get: Response<follow::ListResponse> = values::answer(values::list_response());
    answer_follow_get_info: Response<follow::CountsResponse> = values::answer(values::counts_response());
    answer_friend_check: Response<friend::CheckResponse> = values::answer(values::friend_check_response());

    value_user_id: UserId = values::user();
    value_app_id: SdkAppId = any::<u32>().prop_map(SdkAppId);
    value_cursor: Cursor = values::cursor();
    value_code: ErrorCode = values::code();
    value_target_result: TargetResult = values::target_result();
    value_follow_relation: follow::Relation = any::<i64>().prop_map(follow::Relation);
    value_list_kind: follow::ListKind = any::<i64>().prop_map(follow::ListKind);
    value_friend_relation: friend::Relation = values::friend_relation();
    value_check_mode: friend::CheckMode = values::check_mode();
    value_profile_tag: ProfileTag = values::profile_tag();
}

/// The wire as the service might change it: every value of every key of another, still fitting kind.
#[test]
fn unknown_values_are_kept() {
    let text = br#"{"ResultItem":[{"To_Account":"b","ResultCode":999999,"ResultInfo":"new","FollowType":9}],
                    "ErrorCode":0,"ActionStatus":"OK"}"#;
    let answer = Response::<follow::CheckResponse>::decode(text).unwrap();
    assert_eq!(answer.body.items[0].code, ErrorCode(999999));
    assert_eq!(answer.body.items[0].relation, Some(follow::Relation(9)));

    let text = br#"{"InfoItem":[{"To_Account":"b","Relation":"CheckResult_Type_New","ResultCode":0}],"ErrorCode":0}"#;
    let answer = Response::<friend::CheckResponse>::decode(text).unwrap();
    assert_eq!(answer.body.items[0].result().unwrap().as_str(), "CheckResult_Type_New");
}

#[test]
fn missing_arrays_are_empty() {
    let text = br#"{"ActionStatus":"OK","ErrorCode":0}"#;
    assert_eq!(Response::<TargetResults>::decode(text).unwrap().body.items, []);
    assert_eq!(Response::<follow::ListResponse>::decode(text).unwrap().body.items, []);
    assert_eq!(Response::<follow::CountsResponse>::decode(text).unwrap().body.items, []);
    assert_eq!(Response::<friend::CheckResponse>::decode(text).unwrap().body.items, []);
}
