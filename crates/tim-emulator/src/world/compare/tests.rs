use std::ops::ControlFlow;

use serde_json::json;

use super::*;
use crate::world::testing::{plan, world};
use crate::world::transfer::{apply, read};

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn state(lines: &str) -> Connection {
    let db = world(&[]);
    let rows = read(lines.as_bytes()).unwrap().map(std::result::Result::unwrap).collect();
    apply(&db, rows, 7).unwrap();
    db
}

fn differences(from: &str, to: &str) -> BTreeMap<&'static str, Differences> {
    compare(&state(from), &state(to), &go_on).unwrap().unwrap()
}

/// One record of each part.
const ALL: &str = r#"{"account":{"user":"ann","profile":{"Tag_Profile_IM_Nick":"Ann"},"groups":["Work"],"logins":{"Web":"Online"},"kicked_at":5}}
{"follow":{"from":"ann","to":"bob","at":1}}
{"friend":{"owner":"ann","friend":"bob","groups":["Work"],"custom":{"Tag_SNS_Custom_L":1},"remark":"b","at":2}}
{"friend_request":{"to":"ann","from":"eve","wording":"hi","at":3}}
{"block":{"owner":"ann","user":"eve","at":4}}
"#;

#[test]
fn equal_states_have_no_difference() {
    for lines in [ALL, "{}"] {
        let lines = if lines == "{}" { "" } else { lines };
        let parts = differences(lines, lines);
        assert!(parts.len() == 8 && parts.values().all(|part| *part == Differences::default()), "{parts:?}");
    }
    let db = state(ALL);
    assert!(compare(&db, &db, &go_on).unwrap().unwrap().values().all(Differences::is_empty), "the same connection");
}

#[test]
fn each_part_shows_what_was_added() {
    let parts = differences("", ALL);
    let shown = |part: &str| {
        let part = &parts[part];
        assert_eq!((part.removed, part.changed, part.added), (0, 0, part.sample.len() as u64));
        json!(part.sample)
    };
    let added = |key: &[&str], after: Value| json!([{ "change": "added", "key": key, "before": null, "after": after }]);
    assert_eq!(shown("accounts")[0]["after"], json!({ "kicked_at": 5 }));
    assert_eq!(parts["accounts"].added, 3);
    assert_eq!(shown("profiles"), added(&["ann", "Tag_Profile_IM_Nick"], json!({ "value": "Ann" })));
    assert_eq!(shown("follows"), added(&["ann", "bob"], json!({ "followed_at": 1 })));
    let friend = json!({ "source": "AddSource_Type_Unknow", "remark": "b", "wording": "", "groups": ["Work"],
                         "custom": { "Tag_SNS_Custom_L": 1 }, "added_at": 2 });
    let mut found = shown("friends");
    found[0]["after"]["source"] = friend["source"].clone();
    assert_eq!(found, added(&["ann", "bob"], friend));
    assert_eq!(shown("groups"), added(&["ann", "Work"], json!({})));
    let request = &shown("friend_requests")[0];
    assert_eq!(request["key"], json!(["ann", "eve"]));
    assert_eq!((&request["after"]["wording"], &request["after"]["requested_at"]), (&json!("hi"), &json!(3)));
    assert!(request["after"]["both_ways"].is_boolean(), "{request}");
    assert_eq!(shown("blocked"), added(&["ann", "eve"], json!({ "blocked_at": 4 })));
    assert_eq!(shown("logins"), added(&["ann", "Web"], json!({ "status": "Online" })));
}

#[test]
fn changes_and_removals_are_counted_in_the_order_of_the_keys() {
    let parts = differences("a,b,1\nb,a,1\nc,a,1\n", "a,b,2\nb,c,1\nc,a,1\n");
    let follows = &parts["follows"];
    assert_eq!((follows.added, follows.removed, follows.changed), (1, 1, 1));
    let sample: Vec<_> = follows.sample.iter().map(|found| (found.change, found.key.join(">"))).collect();
    assert_eq!(
        sample,
        [(Change::Changed, "a>b".to_owned()), (Change::Removed, "b>a".to_owned()), (Change::Added, "b>c".to_owned())]
    );
    let first = &follows.sample[0];
    assert_eq!((&first.before, &first.after), (&Some(json!({ "followed_at": 1 })), &Some(json!({ "followed_at": 2 }))));
    assert!(parts["accounts"].is_empty(), "counters are not compared");
}

#[test]
fn keys_are_compared_by_their_bytes() {
    let users = |users: &[&str]| users.iter().map(|user| format!("{},x\n", user)).collect::<String>();
    let parts = differences(&users(&["Z", "a", "é", "好", "\u{1f600}"]), &users(&["a", "é", "好", "z", "\u{1f600}"]));
    assert_eq!((parts["accounts"].added, parts["accounts"].removed), (1, 1));
    assert_eq!((parts["follows"].added, parts["follows"].removed), (1, 1));
}

#[test]
fn a_sample_is_small() {
    let follows: String = (0..50).map(|user| format!("u{user:02},x\n")).collect();
    let part = &differences("", &follows)["follows"];
    assert_eq!((part.added, part.sample.len(), part.sample[19].key[0].as_str()), (50, 20, "u19"));

    let shown = |text: &str, kind| value(ValueRef::Text(text.as_bytes()), kind);
    assert_eq!(shown("[1]", Kind::Json), json!([1]));
    for kind in [Kind::Plain, Kind::Json] {
        // The cut is in the middle of a character.
        let long = shown(&format!("\"{}\"", "é".repeat(MAX_TEXT)), kind);
        assert_eq!(long, format!("\"{}…", "é".repeat(MAX_TEXT / 2 - 1)));
    }
}

#[test]
fn a_comparison_can_be_stopped() {
    let follows: String = (0..PROGRESS_EVERY).map(|user| format!("u{user},x\n")).collect();
    let db = state(&follows);
    assert_eq!(compare(&db, &db, &|_| ControlFlow::Break(())).unwrap(), None);
}

#[test]
fn each_table_is_read_in_the_order_of_an_index() {
    for table in &TABLES {
        let plan = plan(&world(&[]), &table.query());
        assert!(!plan.contains("TEMP B-TREE"), "{}: {plan}", table.table);
    }
}
