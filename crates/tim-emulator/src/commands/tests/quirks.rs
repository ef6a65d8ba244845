//! Each quirk, read the other way than by default.

use serde_json::{Value, json};

use super::PEOPLE;
use crate::app_settings::AppSettings;
use crate::commands::testing::{TestWorld, codes};
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

fn chosen(name: &str) -> TestWorld {
    let mut quirks = Quirks::default();
    quirks.set(name, true).unwrap();
    TestWorld::with_settings(
        AppSettings {
            quirks,
            relation_limits: RelationLimits { following: Some(2), ..RelationLimits::NONE },
            ..AppSettings::default()
        },
        PEOPLE,
    )
}

fn add(stage: &mut TestWorld, to: &[&str]) -> Value {
    let items: Vec<_> = to.iter().map(|to| json!({ "To_Account": to })).collect();
    stage.call("follow/follow_add", json!({ "From_Account": "alice", "FollowItem": items }))
}

#[test]
fn repeating_may_be_rejected() {
    let mut stage = chosen("follow_again_rejected");
    assert_eq!(stage.follow("alice", &["bob", "bob"]), [0, 30001]);
    assert_eq!(stage.unfollow("alice", &["bob", "bob"]), [0, 0]);
    let mut stage = chosen("unfollow_again_rejected");
    assert_eq!(stage.follow("alice", &["bob", "bob"]), [0, 0]);
    assert_eq!(stage.unfollow("alice", &["bob", "bob"]), [0, 30001]);
}

#[test]
fn blocking_again_may_have_another_code() {
    for (name, add, delete) in
        [("already_blocked_old_code", [0, 31307], [0, 30001]), ("unblock_again_accepted", [0, 30001], [0, 0])]
    {
        let mut stage = chosen(name);
        let request = json!({ "From_Account": "alice", "To_Account": ["bob", "bob"] });
        let response = stage.ok("sns/black_list_add", request.clone());
        assert_eq!(codes(&response), add, "{name}");
        assert_eq!(response["ResultItem"][1]["ResultInfo"], "Err_SNS_BlackListAdd_Already_Exist");
        assert_eq!(codes(&stage.ok("sns/black_list_delete", request)), delete, "{name}");
    }
}

/// The call is rejected as a whole: what it had done before is undone.
#[test]
fn one_target_may_reject_the_call() {
    for (name, bad, code) in [
        ("self_follow_rejects_call", vec!["alice"], 30001),
        ("unknown_target_rejects_call", vec!["nobody"], 30003),
        ("limit_rejects_call", vec!["carol", "dave"], 32100),
    ] {
        let mut stage = chosen(name);
        let response = add(&mut stage, &[&["bob"], &bad[..]].concat());
        assert_eq!((&response["ErrorCode"], response.get("ResultItem")), (&json!(code), None), "{name}");
        assert_eq!(stage.counts("alice"), [0, 0, 0], "{name}");
        let others = ["self_follow_rejects_call", "unknown_target_rejects_call", "limit_rejects_call"];
        for other in others.into_iter().filter(|other| *other != name) {
            let mut stage = chosen(other);
            assert_eq!(add(&mut stage, &[&["bob"], &bad[..]].concat())["ErrorCode"], 0, "{name} under {other}");
            assert_eq!(stage.counts("alice")[1], if code == 32100 { 2 } else { 1 });
        }
    }
    let mut stage = chosen("unknown_target_rejects_call");
    for command in ["follow/follow_check", "follow/follow_delete", "follow/follow_get_info", "sns/black_list_add"] {
        assert_eq!(stage.rejected(command, json!({ "From_Account": "alice", "To_Account": ["bob", "nobody"] })), 30003);
    }
}

#[test]
fn a_stranger_may_look_like_somebody_without_relations() {
    let mut stage = chosen("unknown_target_unrelated");
    let to = json!(["nobody", "bob"]);
    let response = stage.ok("follow/follow_check", json!({ "From_Account": "alice", "To_Account": to }));
    assert_eq!((codes(&response), &response["ResultItem"][0]["FollowType"]), (vec![0, 0], &json!(0)));
    let check = json!({ "From_Account": "alice", "To_Account": to, "CheckType": "CheckResult_Type_Both" });
    let response = stage.ok("sns/friend_check", check);
    assert_eq!((codes(&response), response.get("Fail_Account")), (vec![0, 0], None));
    assert_eq!(stage.follow("alice", &["nobody"]), [30003]);
}

#[test]
fn a_call_without_any_success_may_be_rejected() {
    let mut stage = chosen("all_rejected_rejects_call");
    let response = add(&mut stage, &["nobody", "alice"]);
    assert_eq!((&response["ErrorCode"], response.get("ResultItem")), (&json!(30003), None));
    assert_eq!(codes(&add(&mut stage, &["nobody", "bob"])), [30003, 0]);
}

#[test]
fn pages_may_be_read_otherwise() {
    let users: Vec<String> = (0..1001).map(|n| format!("u{n}")).collect();
    let mut stage = chosen("want_num_clamped");
    let list: String = users.iter().map(|user| format!("{user},alice\n")).collect();
    stage.import(&list).unwrap();
    for (want, size) in [(0, 100), (-5, 100), (1001, 1000), (i64::MAX, 1000), (7, 7)] {
        assert_eq!(stage.page("alice", 1, "", want).0.len(), size, "{want}");
    }

    let mut stage = chosen("empty_list_missing");
    let list = json!({ "From_Account": "alice", "FollowType": 2 });
    let response = stage.ok("follow/follow_get", list.clone());
    assert_eq!((response.get("FollowItem"), &response["NextCursor"]), (None, &json!("")));
    stage.follow("alice", &["bob"]);
    assert_eq!(stage.ok("follow/follow_get", list)["FollowItem"][0]["To_Account"], "bob");
    let response = stage.ok("sns/friend_get", json!({ "From_Account": "alice", "StartIndex": 0 }));
    assert_eq!((response.get("UserDataItem"), &response["CompleteFlag"]), (None, &json!(1)));

    let mut stage = chosen("full_page_continues");
    stage.follow("alice", &["bob", "carol"]);
    assert_eq!(stage.page("alice", 2, "", 3).1, "");
    let (page, next) = stage.page("alice", 2, "", 2);
    assert_eq!((page.len(), next.is_empty()), (2, false));
    assert_eq!(stage.page("alice", 2, &next, 2), (Vec::new(), String::new()));
}
