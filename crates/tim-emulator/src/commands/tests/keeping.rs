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
    assert_eq!(stage.import("from,to,at\r\nann,ben,1702262118\r\nben,ann,\n\n"), Ok(2));
    assert_eq!(stage.import("{\"account\":{\"user\":\"cem\"}}"), Ok(1));
    assert_eq!(stage.counts("ann"), [1, 1, 1]);
    let list = stage.ok("follow/follow_get", json!({ "From_Account": "ann", "FollowType": 1 }));
    assert_eq!(list["FollowItem"][0], json!({ "To_Account": "ben", "FollowTime": 1000 }));
    assert_eq!(stage.counts("cem"), [0, 0, 0]);
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_imported() {
    let mut stage = TestWorld::with(&[]);
    // In memory, and in a stage.
    for lines in [1, 10_001] {
        let good: String = (0..lines).map(|n| format!("user{n},star\n")).collect();
        let error = stage.import(&format!("{good}ann,ann\n")).unwrap_err();
        assert!(error.starts_with(&format!("line {}: ", lines + 1)) && error.contains("the same user"), "{error}");
        assert_eq!(stage.export(), "{\"account\":{\"user\":\"administrator\"}}\n");
    }
    assert_eq!(stage.import("cem,dan\n"), Ok(1));
    assert_eq!(stage.follow("dan", &["cem"]), [0]);
    assert_eq!(stage.counts("cem"), [1, 1, 1], "the world continues to work");
}

#[test]
fn a_large_import_adds_to_what_exists() {
    let mut stage = full();
    let table: String = (0..10_001).map(|n| format!("user{n},alice\nalice,user{n}\n")).collect();
    assert_eq!(stage.import(&table), Ok(20_002));
    assert_eq!(stage.counts("alice"), [10_002, 10_003, 10_002]);
    assert_eq!(stage.page("alice", 1, "", 2).0, ["user10000", "user9999"]);
    assert_eq!(stage.follow("dave", &["alice"]), [0]);
    assert_eq!(stage.counts("alice"), [10_003, 10_003, 10_002]);
    assert_eq!(stage.page("alice", 1, "", 1).0, ["dave"]);
}
