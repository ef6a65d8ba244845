//! Random records, row by row and staged: the state is the same.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::random_tests;
use crate::world::transfer::record::{AccountRecord, FriendRecord, RequestRecord};
use crate::world::transfer::{Record, Stage, apply, export, read};
use crate::world::{follows, store};

fn user() -> impl Strategy<Value = String> {
    "[a-f]"
}

/// Two users that differ.
fn pair() -> impl Strategy<Value = (String, String)> {
    (user(), user()).prop_filter("the same user", |(one, other)| one != other)
}

fn at() -> impl Strategy<Value = Option<u64>> {
    option::of(0..5_u64)
}

/// Up to three different groups, in any order.
fn groups() -> impl Strategy<Value = Vec<String>> {
    subsequence(vec!["g", "h", "组"], 0..=3)
        .prop_shuffle()
        .prop_map(|names| names.into_iter().map(Into::into).collect())
}

fn account() -> impl Strategy<Value = Record> {
    let profile = vec(("Tag_Profile_IM_(Level|Role)", 0..9_u64), 0..3);
    let logins = btree_map("Web|iPhone", "Online|PushOnline", 0..3);
    (user(), profile, groups(), logins, at()).prop_map(|(user, profile, groups, logins, kicked_at)| {
        let profile = profile.into_iter().map(|(tag, value)| (tag, value.into())).collect();
        Record::Account(AccountRecord { groups, logins, kicked_at, ..AccountRecord::new(user.into(), profile) })
    })
}

fn friend() -> impl Strategy<Value = Record> {
    let texts = ("(AddSource_Type_X)?", "[rs]?", "[vw]?");
    let custom = btree_map("Tag_SNS_Custom_[AB]", (0..2_u64).prop_map(Into::into), 0..3);
    (pair(), texts, groups(), custom, at()).prop_map(
        |((owner, friend), (source, remark, wording), groups, custom, at)| {
            let (owner, friend) = (owner.into(), friend.into());
            Record::Friend(FriendRecord { owner, friend, source, remark, wording, groups, custom, at })
        },
    )
}

fn request() -> impl Strategy<Value = Record> {
    let texts = ("(AddSource_Type_X)?", "[rs]?", "[vw]?", "[gh]?");
    (pair(), texts, any::<bool>(), at()).prop_map(|((from, to), (source, remark, wording, group), both_ways, at)| {
        let (from, to) = (from.into(), to.into());
        Record::FriendRequest(RequestRecord { from, to, source, remark, wording, group, both_ways, at })
    })
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        1 => account(),
        4 => (pair(), at()).prop_map(|((from, to), at)| Record::Follow { from: from.into(), to: to.into(), at }),
        1 => friend(),
        1 => request(),
        1 => (pair(), at()).prop_map(|((owner, user), at)| Record::Block { owner: owner.into(), user: user.into(), at }),
    ]
}

/// All that a client can see, and all counters. Sequences of follows are left out: only their order
/// counts.
fn state(db: &Connection) -> Vec<Vec<Vec<Value>>> {
    let all = |sql| -> Vec<Vec<Value>> {
        let mut rows = db.prepare(sql).unwrap();
        let columns = rows.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        rows.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    vec![
        all("SELECT * FROM account ORDER BY user"),
        all("SELECT * FROM profile ORDER BY user, tag"),
        all("SELECT from_user, to_user, followed_at, mutual FROM follow ORDER BY sequence"),
        all("SELECT * FROM friend ORDER BY owner, friend"),
        all("SELECT * FROM friend_group ORDER BY position"),
        all("SELECT * FROM friend_request ORDER BY to_user, from_user"),
        all("SELECT * FROM login ORDER BY user, platform"),
        all("SELECT * FROM blocked ORDER BY owner, user"),
        all("SELECT * FROM total"),
        all("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"),
        all("PRAGMA integrity_check"),
        all("SELECT (SELECT COALESCE(MAX(sequence), 0) FROM follow) <= (SELECT sequence FROM latest_follow)"),
    ]
}

fn exported(db: &Connection) -> String {
    let mut text = Vec::new();
    export(db, &mut text, &|_| std::ops::ControlFlow::Continue(())).unwrap();
    String::from_utf8(text).unwrap()
}

fn merge(db: &Connection, records: &[Record], now: u64) {
    let mut stage = Stage::new(None).unwrap();
    records.iter().for_each(|record| stage.push(record, now).unwrap());
    assert_eq!(stage.len(), records.len() as u64);
    stage.merge_into(db, &|_| std::ops::ControlFlow::Continue(())).unwrap();
}

proptest! {
    #![proptest_config(random_tests::config(200))]
    #[test]
    fn staged_records_have_the_same_result_as_rows(
        existing in vec(record(), 0..30),
        records in vec(record(), 0..60),
        ended in option::of(pair()),
    ) {
        let [rows, staged] = [store::in_memory().unwrap(), store::in_memory().unwrap()];
        for db in [&rows, &staged] {
            apply(db, existing.clone(), 3).unwrap();
            if let Some((from, to)) = &ended {
                follows::end(db, &from.into(), &to.into()).unwrap();
            }
        }
        apply(&rows, records.clone(), 4).unwrap();
        merge(&staged, &records, 4);
        prop_assert_eq!(exported(&rows), exported(&staged));
        prop_assert_eq!(state(&rows), state(&staged));

        // The upkeep works as before.
        for db in [&rows, &staged] {
            apply(db, existing.iter().rev().cloned().collect(), 5).unwrap();
        }
        prop_assert_eq!(state(&rows), state(&staged));

        // An export makes the same state again.
        let again = store::in_memory().unwrap();
        let text = exported(&staged);
        let read: Vec<_> = read(text.as_bytes()).unwrap().collect::<Result<_, _>>().unwrap();
        merge(&again, &read, 9);
        prop_assert_eq!(exported(&again), text);
    }
}

#[test]
fn a_merge_keeps_the_settings_of_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let db = store::file(&folder.path().join("world.db")).unwrap();
    let settings = ["journal_mode", "synchronous", "cache_size", "mmap_size", "threads"];
    let read = || settings.map(|name| db.pragma_query_value(None, name, |row| row.get::<_, Value>(0)).unwrap());
    let before = read();
    merge(&db, &[Record::Follow { from: "a".into(), to: "b".into(), at: None }], 7);
    assert_eq!(read(), before);
    assert!(exported(&db).ends_with("\"at\":7}}\n"));
}
