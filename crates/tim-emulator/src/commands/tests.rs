//! Calls with a body as on the wire, at a time that the test sets.

mod accounts;
mod blocks;
mod commands;
mod follows;
mod friend_commands;
mod friend_entries;
mod friend_lists;
mod friend_requests;
mod friends;
mod groups;
mod keeping;
mod lists;
mod model;
mod model_friend_lists;
mod model_friends;
mod model_groups;
mod model_profiles;
mod model_sessions;
mod profiles;
mod quirks;
mod random;
mod responses;
mod sessions;
mod unfriending;
mod users;

use super::{ROUTES, Route, find, names, testing};

const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave"];

/// Literals on purpose: the paths of the catalog come from the types that clients use too.
#[test]
fn a_command_is_found_at_its_documented_path() {
    for path in ["follow/follow_add", "sns/friend_check", "sns/black_list_get", "profile/portrait_get"] {
        let (service, name) = path.split_once('/').unwrap();
        assert!(find(service, name).is_some(), "{path}");
    }
    assert!(find("follow", "friend_check").is_none());
    assert!(names("im_open_login_svc").contains(&"account_import"));
    for (at, route) in ROUTES.iter().enumerate() {
        // The admin API finds a command by its name only.
        let same = |other: &Route| other.name == route.name;
        assert_eq!(ROUTES.iter().position(same), Some(at), "{}", route.name);
    }
}

/// A derived decoder would take the elements for the fields in their order.
#[test]
fn an_array_is_not_an_object() {
    for (path, body) in [
        ("sns/black_list_add", r#"["a",["b"]]"#),
        ("follow/follow_add", r#"["a",[{"To_Account":"b"}]]"#),
        ("follow/follow_add", r#"{"From_Account":"a","FollowItem":[["b"]]}"#),
        ("sns/friend_add", r#"{"From_Account":"a","AddFriendItem":[["b","AddSource_Type_Web"]]}"#),
        ("sns/friend_import", r#"{"From_Account":"a","AddFriendItem":[["b","AddSource_Type_Web"]]}"#),
        ("sns/friend_update", r#"{"From_Account":"a","UpdateItem":[["b",[{"Tag":"Tag_SNS_IM_Remark","Value":""}]]]}"#),
        ("im_open_login_svc/account_check", r#"{"CheckItem":[["a"]]}"#),
        ("im_open_login_svc/account_delete", r#"{"DeleteItem":[["a"]]}"#),
        ("im_open_login_svc/multiaccount_import", r#"{"AccountList":[["a"]]}"#),
        ("profile/portrait_set", r#"{"From_Account":"a","ProfileItem":[["Tag_Profile_IM_Nick","A"]]}"#),
    ] {
        let (service, name) = path.split_once('/').unwrap();
        assert!(find(service, name).unwrap().decode(body.as_bytes()).is_err(), "{path}");
    }
}

#[test]
fn only_the_targets_that_succeeded_are_in_the_event() {
    use tim_types::webhook::Event;
    let mut stage = testing::TestWorld::with(&["a", "b"]);
    let body = r#"{"From_Account":"a","FollowItem":[{"To_Account":"b"},{"To_Account":"nobody"}]}"#;
    let reply = stage.reply("follow", "follow_add", body);
    let Some(Event::FollowAdd(event)) = reply.event else { panic!("{reply:?}") };
    assert_eq!((event.from.as_str(), event.to, event.time_ms), ("a", vec!["b".into()], 1_000_000));
    assert_eq!(reply.item_codes.iter().map(|code| code.0).collect::<Vec<_>>(), [0, 30003]);
    let reply = stage.reply("follow", "follow_delete", r#"{"From_Account":"a","To_Account":["b"]}"#);
    assert!(matches!(reply.event, Some(Event::FollowDelete(event)) if event.to == ["b"]));
    let reply = stage.reply("follow", "follow_delete", r#"{"From_Account":"a","To_Account":["nobody"]}"#);
    assert_eq!(reply.event, None);
}
