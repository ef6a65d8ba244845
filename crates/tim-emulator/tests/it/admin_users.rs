//! Users, their relations and the relation limits in the admin API.

use serde_json::{Value, json};
use tim_emulator::{Emulator, RelationLimits, Status};

use crate::client::{self, NOW, admin, admin_ok, call};

/// Five users; alice has relations of each kind.
async fn related() -> Emulator {
    let emulator = client::start().await;
    let records = [
        r#"{"account":{"user":"alice","profile":{"Tag_Profile_IM_Nick":"Zoë 100%"},"groups":["Work","Chess"]}}"#,
        r#"{"account":{"user":"bob","profile":{"Tag_Profile_IM_Nick":"Bobby"}}}"#,
        r#"{"follow":{"from":"alice","to":"bob","at":30}}"#,
        r#"{"follow":{"from":"bob","to":"alice","at":20}}"#,
        r#"{"follow":{"from":"cy","to":"alice","at":40}}"#,
        r#"{"friend":{"owner":"alice","friend":"bob","at":7,"remark":"r","groups":["Chess"]}}"#,
        r#"{"friend":{"owner":"alice","friend":"cy","at":8,"groups":["Chess"]}}"#,
        r#"{"friend":{"owner":"cy","friend":"alice","at":8}}"#,
        r#"{"friend_request":{"from":"alice","to":"dan","wording":"hi","at":9}}"#,
        r#"{"block":{"owner":"dan","user":"alice","at":5}}"#,
    ];
    emulator.state().import(records.join("\n").as_bytes()).unwrap();
    emulator
}

#[tokio::test]
async fn users_are_searched_and_sorted() {
    let emulator = related().await;
    emulator.state().set_status("cy", "Web", Status::ONLINE).unwrap();
    emulator.state().set_status("dan", "Web", Status::PUSH_ONLINE).unwrap();
    let page = |query: &str| {
        let response = admin_ok(&emulator, "GET", &format!("users?{query}"), "");
        let users: Vec<_> = response["users"].as_array().unwrap().iter().map(|user| user["user"].clone()).collect();
        (users, response["next"].clone())
    };
    for (query, users) in [
        ("search=BOB", vec!["bob"]),
        ("search=100%25", vec!["alice"]),
        ("search=_", vec![]),
        ("search=D", vec!["administrator", "dan"]),
        ("search=d&prefix=d", vec!["dan"]),
        ("sort=nick", vec!["administrator", "cy", "dan", "bob", "alice"]),
        ("sort=nick&desc=true", vec!["alice", "bob", "administrator", "cy", "dan"]),
        ("sort=followers&desc=true&search=a", vec!["alice", "administrator", "dan"]),
        ("sort=friends&desc=false", vec!["administrator", "bob", "dan", "cy", "alice"]),
        ("desc=true", vec!["dan", "cy", "bob", "alice", "administrator"]),
    ] {
        assert_eq!(page(query), (users.iter().map(|user| json!(user)).collect(), Value::Null), "{query}");
    }
    assert_eq!(page("sort=followers&desc=true&limit=2"), (vec![json!("alice"), json!("bob")], json!("bob")));
    assert_eq!(page("sort=followers&desc=true&limit=2&after=bob").0, ["administrator", "cy"]);

    let users = admin_ok(&emulator, "GET", "users?search=y", "")["users"].clone();
    let user = |user: &str, nick: Value, online: bool, [followers, following, mutual, friends]: [u64; 4]| {
        json!({ "user": user, "nick": nick, "online": online, "followers": followers, "following": following,
                "mutual": mutual, "friends": friends, "blocked": 0 })
    };
    assert_eq!(
        users,
        json!([user("bob", json!("Bobby"), false, [1, 1, 1, 0]), user("cy", Value::Null, true, [0, 1, 0, 1])])
    );
    assert_eq!(admin_ok(&emulator, "GET", "users/dan", "")["online"], false);
}

#[tokio::test]
async fn a_user_is_shown_with_groups_requests_and_kick() {
    let emulator = related().await;
    let shown = |user: &str| admin_ok(&emulator, "GET", &format!("users/{user}"), "");
    let alice = shown("alice");
    assert_eq!((&alice["nick"], &alice["kicked_at"]), (&json!("Zoë 100%"), &Value::Null));
    assert_eq!(alice["groups"], json!([{ "name": "Work", "friends": 0 }, { "name": "Chess", "friends": 2 }]));
    assert_eq!(alice["requests_sent"], json!([{ "to": "dan", "wording": "hi", "at": 9 }]));
    let dan = shown("dan");
    assert_eq!((&dan["nick"], &dan["groups"], &dan["requests_sent"]), (&Value::Null, &json!([]), &json!([])));
    assert_eq!(dan["friend_requests"], json!([{ "from": "alice", "wording": "hi", "at": 9 }]));
    assert_eq!(call(&emulator, "im_open_login_svc/kick", r#"{"UserID":"dan"}"#).code(), 0);
    assert_eq!(shown("dan")["kicked_at"], NOW);
}

#[tokio::test]
async fn the_relations_of_a_user_are_listed_newest_first() {
    let emulator = related().await;
    let list = |path: &str| admin_ok(&emulator, "GET", &format!("users/{path}"), "");
    let whole =
        |entries: Value| json!({ "total": entries.as_array().unwrap().len(), "entries": entries, "next": null });
    let bob = |at: u64| json!({ "user": "bob", "nick": "Bobby", "at": at, "mutual": true });
    let cy = json!({ "user": "cy", "nick": null, "at": 40, "mutual": false });
    assert_eq!(list("alice/followers"), whole(json!([cy, bob(20)])));
    assert_eq!(list("alice/following"), whole(json!([bob(30)])));
    assert_eq!(list("alice/mutual"), whole(json!([bob(30)])));
    assert_eq!(list("alice/blocked"), whole(json!([])));
    assert_eq!(list("alice/blocked_by"), whole(json!([{ "user": "dan", "nick": null, "at": 5 }])));
    assert_eq!(list("dan/blocked"), whole(json!([{ "user": "alice", "nick": "Zoë 100%", "at": 5 }])));
    let friend = |user: &str, nick: Value, at: u64, remark: &str, mutual: bool| {
        json!({ "user": user, "nick": nick, "at": at, "mutual": mutual, "remark": remark, "source": "", "wording": "",
                "groups": ["Chess"], "custom": {} })
    };
    let friends = json!([friend("cy", Value::Null, 8, "", true), friend("bob", json!("Bobby"), 7, "r", false)]);
    assert_eq!(list("alice/friends"), whole(friends));

    let found = list("alice/followers?search=OBB");
    assert_eq!((&found["entries"], &found["total"], &found["next"]), (&json!([bob(20)]), &json!(2), &Value::Null));
}

#[tokio::test]
async fn a_list_and_a_search_are_read_to_the_end_while_it_changes() {
    let emulator = client::start().await;
    let lines: Vec<_> = (0..2500).map(|number| format!("u{number:04},star,{}", number / 2)).collect();
    emulator.state().import(lines.join("\n").as_bytes()).unwrap();
    let read = |query: &str| {
        let (mut read, mut after) = (Vec::new(), String::new());
        loop {
            let page = admin_ok(&emulator, "GET", &format!("users/star/followers?{query}&after={after}"), "");
            read.extend(
                page["entries"].as_array().unwrap().iter().map(|entry| entry["user"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next"].as_str() else { return read };
            after = next.to_owned();
            let unfollow = r#"{"From_Account":"u2499","To_Account":["star"]}"#;
            call(&emulator, "follow/follow_delete", unfollow);
            call(&emulator, "follow/follow_add", r#"{"From_Account":"u2499","FollowItem":[{"To_Account":"star"}]}"#);
        }
    };
    let expected: Vec<_> = (0..2500).rev().map(|number| format!("u{number:04}")).collect();
    assert_eq!(read("limit=999"), expected);
    let expected: Vec<_> = expected.into_iter().filter(|user| user.contains('7')).collect();
    assert_eq!(read("limit=200&search=7"), expected);
    assert_eq!(read("search=u0000"), ["u0000"], "the last entry of the last part");
    assert_eq!(read("search=nobody"), [""; 0]);
}

#[tokio::test]
async fn the_users_closest_to_the_relation_limits_are_shown() {
    let emulator = related().await;
    emulator.settings().set_relation_limits(RelationLimits { following: Some(7), ..RelationLimits::NONE });
    let limit = |limit: Value, used: u64, user: Value| json!({ "limit": limit, "used": used, "user": user });
    let expected = json!({
        "following": limit(json!(7), 1, json!("alice")),
        "followers": limit(Value::Null, 2, json!("alice")),
        "mutual": limit(Value::Null, 1, json!("alice")),
        "friends": limit(Value::Null, 2, json!("alice")),
        "groups": limit(Value::Null, 2, json!("alice")),
        "pending": limit(Value::Null, 1, json!("dan")),
        "blocked": limit(Value::Null, 1, json!("dan")),
    });
    assert_eq!(admin_ok(&emulator, "GET", "relation-limits", ""), expected);
    emulator.state().reset().unwrap();
    let empty = admin_ok(&emulator, "GET", "relation-limits", "");
    assert_eq!(empty["pending"], limit(Value::Null, 0, Value::Null));
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&empty), names(&json!(RelationLimits::NONE)), "each limit has a query");
}

#[tokio::test]
async fn invalid_requests_about_users_have_a_reason() {
    let emulator = client::start().await;
    let long = format!("users?search={}", "x".repeat(501));
    for (method, path, status, hint) in [
        ("GET", "users?sort=fans", 400, "followers"),
        ("GET", "users?desc=1", 400, "true or false"),
        ("GET", "users?sort=nick&after=nobody", 400, "start again"),
        ("GET", long.as_str(), 400, "500 bytes"),
        ("GET", "users/nobody/followers", 404, "no account"),
        ("GET", "users/administrator/fans", 404, "blocked_by"),
        ("GET", "users/administrator/friends?after=followers.1.2", 400, "start again"),
        ("GET", "users/administrator/friends?limit=1001", 400, "1 to 1000"),
        ("GET", "users/administrator/friends?prefix=x", 400, "search"),
        ("POST", "users/administrator/friends", 405, "use GET"),
        ("GET", "users/administrator/status", 405, "use PUT"),
        ("GET", "relation-limits?user=x", 400, "user"),
    ] {
        let response = admin(&emulator, method, path, "");
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert!(response.body["error"].as_str().unwrap().contains(hint), "{}", response.body);
    }
}
