//! Responses of the commands about accounts, profiles, friends, blocklists and online status that
//! are not as documented.

use super::*;
use crate::{Batch, Paged, Sequence, StartIndex, TargetOutcome, account, block, friend_group, profile, status};

/// The targets with a readable item, each with its result or its code.
fn results<R: Batch>(text: &str) -> Vec<(String, Result<R::Outcome, i64>)> {
    let body = read::<R::Response>(text).into_result().unwrap();
    let result = |TargetOutcome { target, result }| (target.to_string(), result.map_err(|rejection| rejection.code.0));
    R::outcomes(body).into_iter().map(result).collect()
}

/// Checks that the keys of the first level are optional: a missing key, `null` and an empty list
/// are the same.
#[test]
fn a_missing_key_and_null_are_an_empty_response() {
    fn check<R: ResponseBody + Default + PartialEq + std::fmt::Debug>(keys: &[&str]) {
        for value in ["", ":null"] {
            let pairs: String =
                keys.iter().filter(|_| !value.is_empty()).map(|key| format!("\"{key}\"{value},")).collect();
            let decoded = read::<R>(format!(r#"{{{pairs}"ErrorCode":0}}"#));
            assert_eq!((decoded.body, decoded.problem), (Some(R::default()), None), "{keys:?}");
        }
    }
    let page = ["UserDataItem", "StandardSequence", "CustomSequence", "FriendNum", "CompleteFlag", "NextStartIndex"];
    check::<friend::ListResponse>(&page);
    check::<block::ListResponse>(&["BlackListItem", "StartIndex", "CurruentSequence", "CurrentSequence"]);
    check::<TargetResults>(&["ResultItem", "Fail_Account"]);
    check::<friend::GetResponse>(&["InfoItem", "Fail_Account"]);
    check::<block::CheckResponse>(&["BlackListCheckItem", "Fail_Account"]);
    check::<friend_group::AddResponse>(&["ResultItem", "Fail_Account", "CurrentSequence"]);
    check::<friend_group::DeleteResponse>(&["CurrentSequence"]);
    check::<friend_group::ListResponse>(&["ResultItem", "CurrentSequence"]);
    check::<profile::GetResponse>(&["UserProfileItem", "Fail_Account"]);
    check::<account::DeleteResponse>(&["ResultItem"]);
    check::<status::QueryResponse>(&["QueryResult", "ErrorList"]);
}

#[test]
fn an_entry_of_a_friend_list_can_lack_its_fields() {
    let text = r#"{"UserDataItem":[{"To_Account":"a","ValueItem":null},{"To_Account":"b"},
        {"To_Account":"c","ValueItem":[null,{"Tag":"Tag_SNS_IM_Remark","Value":null}]},
        {"To_Account":"d","ValueItem":{}}],"CompleteFlag":null,"NextStartIndex":100,"ErrorCode":0}"#;
    let body = read::<friend::ListResponse>(text).into_result().unwrap();
    let fields: Vec<_> = body.items.iter().map(|item| (item.user.as_str(), item.fields.len())).collect();
    assert_eq!(fields, [("a", 0), ("b", 0), ("c", 1)]);
    assert_eq!(body.items[2].fields.remark(), None);
    assert_eq!(unreadable(&body.unreadable), [(3, Some("d"), "in `ValueItem`: expected a sequence")]);
    assert_eq!(friend::List::split(body).1, Some(StartIndex(100)));
}

#[test]
fn a_position_as_a_string_is_a_problem_and_the_entries_are_kept() {
    let decoded = read::<friend::ListResponse>(
        r#"{"UserDataItem":[{"To_Account":"a"}],"CompleteFlag":0,"NextStartIndex":"100","ErrorCode":0}"#,
    );
    assert_eq!(decoded.problem.unwrap().to_string(), "`NextStartIndex` is not a position");
    assert_eq!(decoded.body.unwrap().items.len(), 1);
    let decoded = read::<block::ListResponse>(
        r#"{"BlackListItem":[{"To_Account":"a"},{"To_Account":"b","AddBlackTimeStamp":"1"}],"StartIndex":"5","ErrorCode":0}"#,
    );
    assert_eq!(decoded.problem.unwrap().to_string(), "`StartIndex` is not a position");
    let body = decoded.body.unwrap();
    assert_eq!((body.items[0].blocked_at, body.items.len()), (0, 1));
    assert_eq!(unreadable(&body.unreadable), [(1, Some("b"), "`AddBlackTimeStamp` is a string, expected u64")]);
}

#[test]
fn the_misspelled_version_of_a_blocklist_takes_precedence() {
    for (keys, version) in [
        (r#""CurrentSequence":13,"CurruentSequence":14"#, 14),
        (r#""CurruentSequence":14,"CurrentSequence":13"#, 14),
        (r#""CurrentSequence":13,"CurruentSequence":null"#, 13),
    ] {
        let body = read::<block::ListResponse>(format!(r#"{{{keys},"ErrorCode":0}}"#)).into_result().unwrap();
        assert_eq!(block::List::sequence(&body), Some(Sequence([version, 0])), "{keys}");
    }
}

/// 30001 also means a bad parameter, so a missing text, `null` or another text is a rejection.
#[test]
fn a_code_names_a_state_only_with_the_documented_text() {
    let item = |user: &str, rest: &str| format!(r#"{{"To_Account":"{user}",{rest}}}"#);
    let text = |info: &str| {
        let items = [
            item("a", &format!(r#""ResultCode":30001,"ResultInfo":"{info}""#)),
            item("b", &format!(r#""ResultCode":"30001","ResultInfo":"{info}""#)),
            item("c", r#""ResultCode":30001,"ResultInfo":null"#),
            item("d", r#""ResultCode":30001"#),
            item("e", &format!(r#""ResultCode":30001,"ResultInfo":["{info}"]"#)),
            item("f", &format!(r#""ResultCode":30001,"ResultInfo":"{info} ""#)),
            item("g", r#""ResultCode":"0""#),
        ];
        format!(r#"{{"ResultItem":[{}],"Fail_Account":null,"ErrorCode":0}}"#, items.join(","))
    };
    fn check<R: Batch>(text: &str, state: &R::Outcome) {
        let users = ["a", "b", "c", "d", "e", "f"];
        let expected = users.map(|user| (user.to_owned(), if user < "c" { Ok(state.clone()) } else { Err(30001) }));
        assert_eq!(results::<R>(text), expected);
    }
    check::<friend::Add>(&text("Err_SNS_FriendAdd_Friend_Exist"), &friend::AddOutcome::AlreadyFriends);
    check::<friend::Delete>(&text("Err_SNS_FriendDelete_Not_Friend"), &friend::DeleteOutcome::NotFriends);
    check::<block::Add>(&text("Err_SNS_BlackListAdd_Already_Exist"), &block::AddOutcome::AlreadyBlocked);
    for other in ["Err_SNS_FriendDelete_Not_Friend", "Err_SNS_BlackListDelete_Not_Exist", "OK", ""] {
        assert!(results::<friend::Add>(&text(other)).iter().all(|(_, result)| *result == Err(30001)), "{other}");
        assert!(results::<block::Delete>(&text(other)).iter().all(|(_, result)| *result == Err(30001)), "{other}");
        assert!(results::<friend::Update>(&text(other)).iter().all(|(_, result)| *result == Err(30001)), "{other}");
    }
}

#[test]
fn a_target_without_a_list_of_fields_has_none_and_without_a_relation_has_no_result() {
    let fields = |list: &str, key: &str| {
        format!(
            r#"{{"{list}":[{{"To_Account":"a","{key}":null,"ResultCode":0}},{{"To_Account":"b","{key}":[null,
                {{"Tag":"Tag_Profile_IM_Level","Value":"3"}}],"ResultCode":0}},{{"To_Account":"c","{key}":[{{"Value":1}}],
                "ResultCode":0}},{{"To_Account":"z","{key}":[{{"Value":1}}],"ResultCode":40003}}],"ErrorCode":0}}"#
        )
    };
    let text = fields("UserProfileItem", "ProfileItem");
    let found = results::<profile::Get>(&text);
    let levels =
        found.iter().map(|(_, result)| result.clone().map(|found| found.number(&"Tag_Profile_IM_Level".into())));
    assert_eq!(levels.collect::<Vec<_>>(), [Ok(None), Ok(Some(3)), Err(40003)]);
    let body = read::<profile::GetResponse>(&text).body.unwrap();
    assert_eq!(unreadable(&body.unreadable), [(2, Some("c"), "`Tag` is missing")]);
    assert_eq!(results::<friend::Get>(&fields("InfoItem", "SnsProfileItem")).len(), 3);
    let text = r#"{"BlackListCheckItem":[{"To_Account":"a","Relation":null,"ResultCode":0},{"To_Account":"b",
        "Relation":7,"ResultCode":"30007"}],"Fail_Account":["b"],"ErrorCode":0}"#;
    assert_eq!(results::<block::Check>(text), [("a".to_owned(), Err(0)), ("b".to_owned(), Err(30007))]);
}

#[test]
fn a_friend_group_can_lack_its_number_and_its_friends() {
    let text = r#"{"ResultItem":[{"GroupName":"Work","FriendNumber":null,"To_Account":null},
        {"GroupName":"Chess","To_Account":["a",null]},{"GroupName":"Team","FriendNumber":"3"}],"ErrorCode":0}"#;
    let body = read::<friend_group::ListResponse>(text).into_result().unwrap();
    let chess = &body.groups[1];
    assert_eq!(
        (&body.groups[0], chess.friends.as_deref()),
        (&friend_group::Group::new("Work", 0), Some(&["a".into()][..]))
    );
    assert_eq!(unreadable(&body.unreadable), [(2, Some("Team"), "`FriendNumber` is a string, expected u64")]);
}

#[test]
fn both_keys_of_a_status_are_read_and_a_failed_target_keeps_its_code() {
    let text = r#"{"QueryResult":[{"To_Account":"a","State":"Online"},{"To_Account":"b","State":"Offline","Status":"Online"},
        {"To_Account":"c","Status":null,"State":"Online","Detail":null},{"To_Account":"d","Status":null}],
        "ErrorList":[{"To_Account":"x","ErrorCode":"70107"},{"To_Account":"y","ErrorCode":70107,"ErrorCode":70107,"New":1e999},
        {"To_Account":"z"}],"ErrorCode":0}"#;
    let found = results::<status::Query>(text);
    let found: Vec<_> =
        found.iter().map(|(user, result)| (user.as_str(), result.as_ref().map(|item| item.status.as_str()))).collect();
    let online = Ok("Online");
    assert_eq!(found, [("a", online), ("b", online), ("c", online), ("x", Err(&70107)), ("y", Err(&70107))]);
    let body = read::<status::QueryResponse>(text).body.unwrap();
    assert_eq!(
        unreadable(&body.unreadable),
        [(3, Some("d"), "`Status` is missing"), (2, Some("z"), "`ErrorCode` is missing")]
    );
}

#[test]
fn the_codes_of_deleted_accounts_are_read_without_a_text() {
    let text = r#"{"ResultItem":[{"UserID":"a","ResultCode":"70107"},{"UserID":"b","ResultCode":0,"ResultInfo":null},
        {"UserID":"c","ResultCode":70107,"ResultInfo":7},{"To_Account":"d","ResultCode":0}],"ErrorCode":0}"#;
    use account::DeleteOutcome::{Deleted, NoAccount};
    let expected =
        [("a", NoAccount), ("b", Deleted), ("c", NoAccount)].map(|(user, found)| (user.to_owned(), Ok(found)));
    assert_eq!(results::<account::Delete>(text), expected);
    let body = read::<account::DeleteResponse>(text).body.unwrap();
    assert_eq!(unreadable(&body.unreadable), [(3, None, "`UserID` is missing")]);
}
