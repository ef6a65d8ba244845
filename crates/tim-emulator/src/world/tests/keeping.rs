//! Import, export, snapshots and the way back to nothing.

use serde_json::json;

use super::PEOPLE;
use super::friends::befriend;
use crate::app_settings::AppSettings;
use crate::world::World;
use crate::world::testing::TestWorld;

fn export(stage: &TestWorld) -> String {
    let mut text = Vec::new();
    stage.world.export(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn import(stage: &mut TestWorld, text: &str) -> Result<u64, String> {
    stage.world.import(text.as_bytes(), stage.now)
}

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
    let text = export(&full);
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
    assert_eq!(import(&mut copy, &text), Ok(9));
    assert_eq!(export(&copy), text);
    assert_eq!(copy.world.totals(), full.world.totals());
    assert_eq!((copy.counts("alice"), copy.page("alice", 2, "", 9).0), ([1, 2, 1], vec!["carol".into(), "bob".into()]));
    assert_eq!(import(&mut copy, &text), Ok(9));
    assert_eq!(export(&copy), text, "a second time changes nothing");
}

#[test]
fn a_table_of_follows_is_enough() {
    let mut stage = TestWorld::with(&[]);
    assert_eq!(import(&mut stage, "from,to,at\r\nann,ben,1702262118\r\nben,ann,\n\n"), Ok(2));
    assert_eq!(import(&mut stage, "{\"account\":{\"user\":\"cem\"}}"), Ok(1));
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
        let error = import(&mut stage, &format!("{good}ann,ann\n")).unwrap_err();
        assert!(error.starts_with(&format!("line {}: ", lines + 1)) && error.contains("the same user"), "{error}");
        assert_eq!(export(&stage), "{\"account\":{\"user\":\"administrator\"}}\n");
    }
    assert_eq!(import(&mut stage, "cem,dan\n"), Ok(1));
    assert_eq!(stage.follow("dan", &["cem"]), [0]);
    assert_eq!(stage.counts("cem"), [1, 1, 1], "the world continues to work");
}

#[test]
fn a_large_import_adds_to_what_exists() {
    let mut stage = full();
    let table: String = (0..10_001).map(|n| format!("user{n},alice\nalice,user{n}\n")).collect();
    assert_eq!(import(&mut stage, &table), Ok(20_002));
    assert_eq!(stage.counts("alice"), [10_002, 10_003, 10_002]);
    assert_eq!(stage.page("alice", 1, "", 2).0, ["user10000", "user9999"]);
    assert_eq!(stage.follow("dave", &["alice"]), [0]);
    assert_eq!(stage.counts("alice"), [10_003, 10_003, 10_002]);
    assert_eq!(stage.page("alice", 1, "", 1).0, ["dave"]);
}

#[test]
fn a_snapshot_is_a_way_back() {
    let mut stage = full();
    let (before, kept) = (export(&stage), stage.world.snapshot().unwrap());
    stage.unfollow("alice", &["bob"]);
    stage.ok("im_open_login_svc/account_delete", json!({ "DeleteItem": [{ "UserID": "bob" }] }));
    for _ in 0..2 {
        stage.world.restore(&kept).unwrap();
        assert_eq!(export(&stage), before);
        assert_eq!(stage.counts("alice"), [1, 2, 1]);
        assert_eq!(stage.follow("dave", &["alice"]), [0]);
    }
    stage.world.reset().unwrap();
    assert_eq!(export(&stage), "{\"account\":{\"user\":\"administrator\"}}\n");
    stage.world.restore(&kept).unwrap();
    assert_eq!(export(&stage), before);
}

#[test]
fn a_file_goes_back_as_well() {
    let folder = std::env::temp_dir().join(format!("tim-emulator-keeping-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let open = || {
        let world =
            World::open(Some(&folder.join("world.db")), AppSettings::default(), &["administrator".to_owned()]).unwrap();
        TestWorld { world, now: 1000 }
    };
    let mut stage = open();
    let empty = export(&stage);
    let table: String = (0..20_000).map(|n| format!("user{n},star\n")).collect();
    import(&mut stage, &table).unwrap();
    let (full, kept) = (export(&stage), stage.world.snapshot().unwrap());
    stage.world.reset().unwrap();
    drop(stage);
    let mut stage = open();
    assert_eq!(export(&stage), empty);
    stage.world.restore(&kept).unwrap();
    assert_eq!(stage.follow("star", &["user7"]), [0]);
    assert_eq!(stage.unfollow("star", &["user7"]), [0]);
    drop(stage);
    assert_eq!(export(&open()), full);
    std::fs::remove_dir_all(folder).unwrap();
}
