//! Import and export.

use serde_json::json;

use super::PEOPLE;
use super::friends::befriend;
use crate::commands::testing::TestWorld;

/// A world with one of everything.
fn full() -> TestWorld {
    let mut stage = TestWorld::with(PEOPLE);
    stage.ok("im_open_login_svc/account_import", json!({ "UserID": "dave", "Nick": "Dave" }));
    stage.follow("alice", &["bob", "carol"]);
    stage.now = 2000;
    stage.follow("bob", &["alice"]);
    befriend(&mut stage, "alice", &["bob"], "Add_Type_Single");
    stage
}

#[test]
fn what_is_exported_is_what_was() {
    let full = full();
    let text = full.export();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            r#"{"account":{"user":"administrator"}}"#,
            r#"{"account":{"user":"alice"}}"#,
            r#"{"account":{"user":"bob"}}"#,
            r#"{"account":{"user":"carol"}}"#,
            r#"{"account":{"user":"dave","profile":{"Tag_Profile_IM_Nick":"Dave"}}}"#,
            r#"{"follow":{"from":"alice","to":"bob","at":1000}}"#,
            r#"{"follow":{"from":"alice","to":"carol","at":1000}}"#,
            r#"{"follow":{"from":"bob","to":"alice","at":2000}}"#,
            r#"{"friend":{"owner":"alice","friend":"bob","source":"AddSource_Type_Test","remark":"r","at":2000}}"#,
        ]
    );
    let mut copy = TestWorld::with(&[]);
    assert_eq!(copy.import(&text), Ok(9));
    assert_eq!(copy.export(), text);
    assert_eq!(copy.totals(), full.totals());
    assert_eq!((copy.counts("alice"), copy.page("alice", 2, "", 9).0), ([1, 2, 1], vec!["carol".into(), "bob".into()]));
    assert_eq!(copy.import(&text), Ok(9));
    assert_eq!(copy.export(), text, "a second time changes nothing");
}

#[test]
fn a_table_of_follows_is_enough() {
    let mut stage = TestWorld::with(&[]);
    assert_eq!(stage.import("from,to,at\r\nann,ben,1702262118\r\nben,ann\n\n{\"account\":{\"user\":\"cem\"}}"), Ok(3));
    assert_eq!(stage.counts("ann"), [1, 1, 1]);
    let list = stage.ok("follow/follow_get", json!({ "From_Account": "ann", "FollowType": 1 }));
    assert_eq!(list["FollowItem"][0], json!({ "To_Account": "ben", "FollowTime": 1000 }));
    assert_eq!(stage.counts("cem"), [0, 0, 0]);
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_imported() {
    let mut stage = TestWorld::with(&[]);
    for (line, reason) in [
        ("ann", "neither"),
        ("ann,ben,1,2", "neither"),
        ("ann,ben,soon", "\"soon\""),
        (",ben", "from is empty"),
        ("ann,ann", "the same user"),
        ("{\"account\":{}}", "missing field `user`"),
        ("{\"accounts\":{\"user\":\"x\"}}", "unknown variant `accounts`"),
        ("{\"follow\":{\"from\":\"ann\",\"to\":\"ben\",\"time\":1}}", "unknown field `time`"),
        ("{", "EOF"),
    ] {
        let error = stage.import(&format!("cem,dan\n{line}\n")).unwrap_err();
        assert!(error.starts_with("line 2: ") && error.contains(reason), "{line} {error}");
    }
    assert_eq!(stage.export(), "{\"account\":{\"user\":\"administrator\"}}\n");
    assert_eq!(stage.import("cem,dan\n"), Ok(1));
    assert_eq!(stage.follow("dan", &["cem"]), [0]);
    assert_eq!(stage.counts("cem"), [1, 1, 1], "window goes on");
}
