//! Following, unfollowing, and what is counted.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::PEOPLE;
use crate::commands::testing::{TestWorld, codes};
use crate::relation_limits::RelationLimits;

fn check(stage: &mut TestWorld, from: &str, to: &[&str]) -> Vec<Value> {
    let response = stage.ok("follow/follow_check", json!({ "From_Account": from, "To_Account": to }));
    response["ResultItem"].as_array().unwrap().iter().map(|item| item["FollowType"].clone()).collect()
}

#[test]
fn following_shows_from_both_sides() {
    let mut stage = TestWorld::with(PEOPLE);
    assert_eq!(stage.follow("alice", &["bob", "carol"]), [0, 0]);
    assert_eq!(stage.follow("carol", &["alice"]), [0]);
    assert_eq!(check(&mut stage, "alice", &["bob", "carol", "dave"]), [2, 3, 0]);
    assert_eq!(check(&mut stage, "bob", &["alice"]), [1]);
    assert_eq!(stage.counts("alice"), [1, 2, 1]);
    assert_eq!(stage.counts("bob"), [1, 0, 0]);

    assert_eq!(stage.unfollow("alice", &["carol", "dave", "carol"]), [0, 0, 0]);
    assert_eq!(check(&mut stage, "alice", &["carol"]), [1]);
    assert_eq!(stage.counts("alice"), [1, 1, 0]);
    assert_eq!(stage.counts("carol"), [0, 1, 0]);
}

#[test]
fn the_response_is_that_of_the_documents() {
    let mut stage = TestWorld::with(&["UserID_001", "UserID_002", "UserID_003"]);
    let body =
        r#"{"From_Account":"UserID_001","FollowItem":[{"To_Account":"UserID_002"},{"To_Account":"UserID_003"}]}"#;
    assert_eq!(
        stage.reply("follow", "follow_add", body).body,
        r#"{"ResultItem":[{"To_Account":"UserID_002","ResultCode":0,"ResultInfo":""},{"To_Account":"UserID_003","ResultCode":0,"ResultInfo":""}],"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""}"#
    );
}

#[test]
fn following_again_keeps_the_time_and_doubles_are_done_in_order() {
    let mut stage = TestWorld::with(PEOPLE);
    assert_eq!(stage.follow("alice", &["bob", "bob"]), [0, 0]);
    stage.now = 2000;
    assert_eq!(stage.follow("alice", &["bob"]), [0]);
    let list = stage.ok("follow/follow_get", json!({ "From_Account": "alice", "FollowType": 2 }));
    assert_eq!(list["FollowItem"], json!([{ "To_Account": "bob", "FollowTime": 1000 }]));
    assert_eq!(stage.counts("alice"), [0, 1, 0]);
}

#[test]
fn nobody_follows_themself_or_a_stranger() {
    let mut stage = TestWorld::with(PEOPLE);
    assert_eq!(stage.follow("alice", &["alice", "nobody", "bob"]), [30001, 30003, 0]);
    assert_eq!(stage.unfollow("alice", &["nobody"]), [30003]);
    let add = json!({ "From_Account": "nobody", "FollowItem": [{ "To_Account": "bob" }] });
    assert_eq!(stage.rejected("follow/follow_add", add), 30003);
    for command in ["follow/follow_delete", "follow/follow_check", "follow/follow_get_info"] {
        assert_eq!(stage.rejected(command, json!({ "From_Account": "nobody", "To_Account": ["bob"] })), 30003);
        let mixed = stage.ok(command, json!({ "From_Account": "alice", "To_Account": ["nobody", "bob"] }));
        assert_eq!(codes(&mixed), [30003, 0], "{command}");
    }
    assert_eq!(stage.rejected("follow/follow_get", json!({ "From_Account": "nobody", "FollowType": 1 })), 30003);
}

#[test]
fn a_rejected_item_has_no_payload() {
    let mut stage = TestWorld::with(PEOPLE);
    let request = json!({ "From_Account": "alice", "To_Account": ["nobody"] });
    let item = &stage.ok("follow/follow_check", request.clone())["ResultItem"][0];
    assert_eq!((&item["To_Account"], item.get("FollowType")), (&json!("nobody"), None));
    let item = &stage.ok("follow/follow_get_info", request)["FollowInfo"][0];
    assert!(item["ResultInfo"].as_str().unwrap().contains("account_import"), "{item}");
    assert!(item.get("FollowerCount").is_none());
}

#[test]
fn what_a_request_may_not_hold() {
    let mut stage = TestWorld::with(PEOPLE);
    let long = "x".repeat(33);
    for (command, max) in [("follow_delete", 20), ("follow_check", 100), ("follow_get_info", 20)] {
        let path = format!("follow/{command}");
        let most = json!({ "From_Account": "alice", "To_Account": vec!["bob"; max] });
        assert_eq!(codes(&stage.ok(&path, most)).len(), max);
        for body in [
            json!({}),
            json!({ "From_Account": "alice" }),
            json!({ "To_Account": ["bob"] }),
            json!({ "From_Account": "alice", "To_Account": [] }),
            json!({ "From_Account": "alice", "To_Account": "bob" }),
            json!({ "From_Account": "alice", "To_Account": ["bob", ""] }),
            json!({ "From_Account": "", "To_Account": ["bob"] }),
            json!({ "From_Account": "alice", "To_Account": [long] }),
            json!({ "From_Account": long, "To_Account": ["bob"] }),
            json!({ "From_Account": "alice", "To_Account": vec!["bob"; max + 1] }),
        ] {
            assert_eq!(stage.rejected(&path, body.clone()), 30001, "{path} {body}");
        }
    }
    for body in [
        json!({ "From_Account": "alice", "FollowItem": ["bob"] }),
        json!({ "From_Account": "alice", "FollowItem": [{}] }),
        json!({ "From_Account": "alice", "FollowItem": [] }),
        json!({ "From_Account": "alice", "FollowItem": vec![json!({ "To_Account": "bob" }); 21] }),
    ] {
        assert_eq!(stage.rejected("follow/follow_add", body.clone()), 30001, "{body}");
    }
    let response = stage.call("follow/follow_add", json!({ "FollowItem": [] }));
    assert!(response["ErrorInfo"].as_str().unwrap().contains("missing field `From_Account`"), "{response}");
    assert_eq!(response["ErrorDisplay"], "");
}

#[test]
fn each_cap_has_its_code() {
    let limits = |following, followers, mutual| RelationLimits { following, followers, mutual, ..RelationLimits::NONE };
    let mut stage = TestWorld::limited(limits(Some(1), None, None), PEOPLE);
    assert_eq!(stage.follow("alice", &["bob", "carol", "bob"]), [0, 32100, 0]);
    assert_eq!(stage.unfollow("alice", &["bob"]), [0]);
    assert_eq!(stage.follow("alice", &["carol"]), [0]);

    let mut stage = TestWorld::limited(limits(None, Some(1), None), PEOPLE);
    assert_eq!(stage.follow("alice", &["carol"]), [0]);
    assert_eq!(stage.follow("bob", &["carol", "dave"]), [32101, 0]);

    let mut stage = TestWorld::limited(limits(None, None, Some(1)), PEOPLE);
    for user in ["bob", "carol"] {
        assert_eq!(stage.follow(user, &["alice"]), [0]);
    }
    assert_eq!(stage.follow("alice", &["bob", "carol", "dave"]), [0, 32102, 0]);
    assert_eq!(stage.follow("dave", &["alice"]), [32103]);
}

#[test]
fn the_default_cap_is_5000_followed_users() {
    let users: Vec<String> = (0..5001).map(|n| format!("u{n}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut stage = TestWorld::with(&users);
    let codes: Vec<i64> = users.chunks(20).flat_map(|some| stage.follow("administrator", some)).collect();
    assert_eq!(codes.iter().position(|code| *code != 0), Some(5000));
    assert_eq!(codes[5000], 32100);
}

/// The triggers keep counts and flags; a set of pairs says what they must be.
#[test]
fn counts_stay_true_whatever_happens() {
    let names = ["a", "b", "c", "d", "e"];
    let mut stage = TestWorld::with(&names);
    let mut follows: HashSet<(&str, &str)> = HashSet::new();
    // A fixed row of pseudo-random numbers.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..600 {
        let (from, to) = (names[random(5)], names[random(5)]);
        match random(20) {
            0 => {
                let user = json!({ "UserID": from });
                stage.ok("im_open_login_svc/account_delete", json!({ "DeleteItem": [user] }));
                stage.ok("im_open_login_svc/account_import", user);
                follows.retain(|(a, b)| *a != from && *b != from);
            }
            1..=12 if from != to => {
                stage.follow(from, &[to]);
                follows.insert((from, to));
            }
            _ => {
                stage.unfollow(from, &[to]);
                follows.remove(&(from, to));
            }
        }
        let mut expected: HashMap<&str, [u64; 3]> = names.map(|name| (name, [0; 3])).into();
        for (a, b) in &follows {
            expected.get_mut(b).unwrap()[0] += 1;
            expected.get_mut(a).unwrap()[1] += 1;
            expected.get_mut(a).unwrap()[2] += u64::from(follows.contains(&(*b, *a)));
        }
        for name in names {
            assert_eq!(stage.counts(name), expected[name], "{name}");
            for kind in 1..=3 {
                let listed = stage.page(name, kind, "", 100).0.len() as u64;
                assert_eq!(listed, expected[name][kind as usize - 1], "{name} {kind}");
            }
        }
    }
}
