//! Lists, page by page.

use serde_json::{Value, json};

use super::PEOPLE;
use crate::commands::testing::TestWorld;

#[test]
fn pages_end_where_the_list_ends() {
    let mut stage = TestWorld::with(PEOPLE);
    let users: Vec<String> = (0..6).map(|n| format!("u{n}")).collect();
    for user in &users {
        stage.ok("im_open_login_svc/account_import", json!({ "UserID": user }));
        stage.now += 1;
        stage.follow(user, &["alice"]);
    }
    for (size, expected) in [(1, 6), (2, 3), (3, 2), (4, 2), (5, 2), (6, 1), (7, 1), (1000, 1)] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let (users, next) = stage.page("alice", 1, &cursor, size);
            seen.extend(users);
            pages += 1;
            if next.is_empty() {
                break;
            }
            cursor = next;
        }
        assert_eq!(seen, ["u5", "u4", "u3", "u2", "u1", "u0"]);
        assert_eq!(pages, expected, "pages of {size}");
    }
    assert_eq!(stage.page("bob", 1, "", 10), (Vec::new(), String::new()));
}

#[test]
fn a_cursor_stays_while_the_list_changes() {
    let mut stage = TestWorld::with(&["alice", "a", "b", "c", "d", "e", "f"]);
    // All in one second: the order within it is that of the follows.
    stage.follow("alice", &["a", "b", "c", "d"]);
    let (first, cursor) = stage.page("alice", 2, "", 2);
    assert_eq!(first, ["d", "c"]);
    // New ones stand before the place, removed ones leave no hole, not even the one that the place names.
    stage.follow("alice", &["e"]);
    stage.unfollow("alice", &["d", "c"]);
    stage.follow("alice", &["f", "c"]);
    assert_eq!(stage.page("alice", 2, &cursor, 2), (vec!["b".into(), "a".into()], String::new()));
    stage.unfollow("alice", &["a", "b"]);
    assert_eq!(stage.page("alice", 2, &cursor, 2), (Vec::new(), String::new()));
}

#[test]
fn a_cursor_is_bound_to_its_list() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.follow("alice", &["bob", "carol"]);
    stage.follow("bob", &["alice", "carol"]);
    let cursor = stage.page("alice", 2, "", 1).1;
    assert_eq!(cursor, "2-1000-2-alice");
    for (user, kind) in [("alice", 1), ("alice", 3), ("bob", 2)] {
        let request = json!({ "From_Account": user, "FollowType": kind, "StartCursor": cursor, "WantNum": 1 });
        let rejected = stage.call("follow/follow_get", request);
        let info = rejected["ErrorInfo"].as_str().unwrap();
        assert_eq!(rejected["ErrorCode"], 30001, "{user} {kind}");
        assert!(info.contains("From_Account \"alice\" and FollowType 2"), "{info}");
    }
    stage.settings.quirks.cursor_of_any_list_accepted = true;
    assert_eq!(stage.page("bob", 2, &cursor, 1), (Vec::new(), String::new()), "bob followed later");
    assert_eq!(stage.page("bob", 1, &cursor, 1), (vec!["alice".into()], String::new()));
}

#[test]
fn a_clock_that_goes_back_keeps_the_order_by_time() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.now = 5000;
    stage.follow("alice", &["bob"]);
    stage.now = 3000;
    stage.follow("alice", &["carol"]);
    let (first, cursor) = stage.page("alice", 2, "", 1);
    assert_eq!((first, stage.page("alice", 2, &cursor, 1).0), (vec!["bob".into()], vec!["carol".into()]));
    stage.now = u64::MAX;
    assert_eq!(stage.follow("alice", &["dave"]), [0]);
    assert_eq!(stage.page("alice", 2, "", 10).0, ["dave", "bob", "carol"].map(String::from));
}

#[test]
fn mutual_users_stand_in_all_three_lists() {
    let mut stage = TestWorld::with(PEOPLE);
    stage.follow("alice", &["bob", "carol"]);
    stage.now = 2000;
    stage.follow("bob", &["alice"]);
    stage.follow("dave", &["alice"]);
    let list = |stage: &mut TestWorld, kind| stage.page("alice", kind, "", 100).0;
    assert_eq!(list(&mut stage, 1), ["dave", "bob"]);
    assert_eq!(list(&mut stage, 2), ["carol", "bob"]);
    assert_eq!(list(&mut stage, 3), ["bob"]);
    let mutual = stage.ok("follow/follow_get", json!({ "From_Account": "alice", "FollowType": 3 }));
    assert_eq!(mutual["FollowItem"][0]["FollowTime"], 1000, "the time of alice's own follow");
    stage.unfollow("bob", &["alice"]);
    assert_eq!(list(&mut stage, 3), [""; 0]);
}

#[test]
fn a_list_request_may_leave_its_page_out() {
    let mut stage = TestWorld::with(PEOPLE);
    let users: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    for user in &users {
        stage.ok("im_open_login_svc/account_import", json!({ "UserID": user }));
        stage.follow(user, &["alice"]);
    }
    let response = stage.ok("follow/follow_get", json!({ "From_Account": "alice", "FollowType": 1, "New": {} }));
    assert_eq!(response["FollowItem"].as_array().unwrap().len(), 100);
    assert_ne!(response["NextCursor"], "");

    let mut rejected = |key: &str, value: Value| {
        let mut request = json!({ "From_Account": "alice", "FollowType": 1, "StartCursor": "", "WantNum": 1 });
        request[key] = value;
        assert_eq!(stage.rejected("follow/follow_get", request.clone()), 30001, "{request}");
    };
    for want in [json!(0), json!(-1), json!(1001), json!(1e30), json!("5"), json!(1.5), json!(null)] {
        rejected("WantNum", want);
    }
    for kind in [json!(0), json!(4), json!("1"), json!(null)] {
        rejected("FollowType", kind);
    }
    for cursor in [json!("x"), json!("1-"), json!("1-1-1"), json!("9-1-1-alice"), json!(7)] {
        rejected("StartCursor", cursor);
    }
    rejected("From_Account", json!(""));
}

#[test]
fn lists_carry_profiles() {
    let mut stage = TestWorld::with(PEOPLE);
    let list = |stage: &mut TestWorld| {
        stage.ok("follow/follow_get", json!({ "From_Account": "alice", "FollowType": 2 }))["FollowItem"][0].clone()
    };
    stage.follow("alice", &["bob"]);
    assert_eq!(list(&mut stage).get("ProfileItem"), None);

    stage.ok("im_open_login_svc/account_import", json!({ "Identifier": "bob", "Nick": "Bob", "FaceUrl": "b.png" }));
    let fields = json!([{ "Tag": "Tag_Profile_IM_BirthDay", "Value": 20001231 }, { "Tag": "Tag_Profile_IM_Nick", "Value": "Bobby" }]);
    let response = stage.ok("profile/portrait_set", json!({ "From_Account": "bob", "ProfileItem": fields }));
    assert_eq!(response["ErrorDisplay"], "");
    assert_eq!(
        list(&mut stage),
        json!({
            "To_Account": "bob",
            "FollowTime": 1000,
            "ProfileItem": [
                { "Tag": "Tag_Profile_IM_BirthDay", "Value": 20001231 },
                { "Tag": "Tag_Profile_IM_Image", "Value": "b.png" },
                { "Tag": "Tag_Profile_IM_Nick", "Value": "Bobby" },
            ],
            "profile_sequence": 2,
        })
    );
}
