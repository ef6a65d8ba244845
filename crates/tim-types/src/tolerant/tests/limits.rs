//! How much of a damaged response is kept.

use serde::Deserialize;

use super::*;
use crate::{TargetResult, account};

#[test]
fn a_body_can_have_a_thousand_keys() {
    let keys = |number| (0..number).map(|key| format!(r#""k{key}":1,"#)).collect::<String>();
    let read = |keys: String| read::<Empty>(format!(r#"{{{keys}"ErrorInfo":5,"ErrorCode":0}}"#)).problem;
    assert_eq!(read(keys(1000)), None);
    assert_eq!(read(keys(1000) + r#""k0":2,"#), None, "a key that is there already");
    assert_eq!(read(keys(1001)).unwrap().to_string(), "it has more than 1000 keys");
}

#[test]
fn a_thousand_unreadable_items_do_not_affect_the_others() {
    let text = |number| format!(r#"{{"FollowItem":[{}{{"To_Account":"bob"}}],"ErrorCode":0}}"#, "7,".repeat(number));
    let decoded = read::<ListResponse>(text(1000));
    let body = decoded.body.unwrap();
    assert_eq!((body.unreadable.len(), body.items.len(), decoded.problem), (1000, 1, None));
    assert!(read::<ListResponse>(text(1001)).problem.is_some());
}

#[test]
fn a_thousand_unreadable_user_ids_do_not_affect_the_others() {
    let text = |number| format!(r#"{{"FailAccounts":[{}"bob"],"ErrorCode":0}}"#, "{},".repeat(number));
    let decoded = read::<account::ImportManyResponse>(text(1000));
    let body = decoded.body.unwrap();
    assert_eq!((body.unreadable.len(), body.failed(), decoded.problem), (1000, &[UserId::from("bob")][..], None));
    let flood = read::<account::ImportManyResponse>(text(1001));
    assert_eq!(flood.problem.unwrap().to_string(), "more than 1000 entries of `FailAccounts` cannot be read");
    // Where items have the results, this list adds nothing.
    let items = read::<TargetResults>(text(1001).replace("FailAccounts", "Fail_Account"));
    assert_eq!((items.body.unwrap().unreadable.len(), items.problem), (0, None));
}

#[test]
fn a_user_id_that_cannot_be_read_says_why() {
    let text = r#"{"FailAccounts":["\ud800",true,{"a":1},7],"ErrorCode":0}"#;
    let body = read::<account::ImportManyResponse>(text).body.unwrap();
    let reasons = [
        "it contains broken text",
        "it is a boolean, not a user id",
        "it is an object, not a user id",
        "it is a number, not a user id",
    ];
    assert_eq!(body.unreadable.iter().map(|item| item.reason.as_str()).collect::<Vec<_>>(), reasons);
}

#[test]
fn a_long_number_is_not_shown() {
    for (digits, shown) in [(39, true), (40, true), (41, false)] {
        let number = "1".repeat(digits);
        let text = format!(r#"{{"ResultItem":[{{"To_Account":"a","FollowType":{number}}}],"ErrorCode":0}}"#);
        let reason = read::<CheckResponse>(text).body.unwrap().unreadable[0].reason.clone();
        assert_eq!(reason.contains(&number), shown, "{reason}");
        assert!(shown || reason.starts_with("`FollowType` is a number, expected "), "{reason}");
    }
}

/// A type of somebody else, which does not keep unreadable items.
#[test]
fn an_unreadable_item_is_a_problem_for_a_body_that_keeps_none() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Plain {
        #[serde(rename = "Item")]
        items: Vec<TargetResult>,
    }
    impl ResponseBody for Plain {
        const ITEMS: &'static [&'static str] = &["Item"];
    }
    let item = r#"{"To_Account":"a","ResultCode":0,"ResultInfo":""}"#;
    let damaged = read::<Plain>(format!(r#"{{"Item":[{item},7],"ErrorCode":0}}"#));
    assert_eq!(damaged.body.unwrap().items.len(), 1);
    assert_eq!(damaged.problem.unwrap().to_string(), "an item cannot be read");
    let other = read::<Plain>(format!(r#"{{"Item":[{item}],"ErrorInfo":7,"ErrorCode":0}}"#));
    assert_eq!((other.body.unwrap().items.len(), other.problem), (1, None));
}
