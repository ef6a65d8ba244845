//! `tim friend`: adds, imports, updates, deletes, lists and reads friends.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::program::{Emulator, Run, file, run, run_with, tim, tim_at};

/// The program with a file as its last argument.
fn with_file(emulator: &Emulator, args: &str, path: &PathBuf) -> Run {
    run(tim_at(&emulator.base_url, args).arg(path))
}

#[track_caller]
fn results(run: &Run) -> Vec<Value> {
    run.objects().iter().map(|row| row["result"].clone()).collect()
}

#[test]
fn friends_are_added_checked_and_deleted_with_results_in_words() {
    let emulator = Emulator::start("friend-results");
    emulator.import(&["alice", "bob", "carol", "dave"]);
    let body = r#"{"From_Account":"carol","ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_NeedConfirm"}]}"#;
    run(tim_at(&emulator.base_url, "call profile/portrait_set --body").arg(body)).exits(0);
    emulator.run("friend add alice dave").exits(0);

    let add = emulator.run("friend add alice bob carol dave --source QrCode --group Work --json").exits(0);
    assert_eq!(results(&add), ["added", "pending", "already_friends"]);
    assert_eq!(
        add.objects()[0],
        json!({"command": "friend_add", "from": "alice", "to": "bob", "ok": true, "outcome": "done",
               "add_source": "AddSource_Type_QrCode", "remark": null, "groups": ["Work"], "add_wording": null,
               "result": "added", "code": null, "meaning": null, "info": null})
    );
    emulator.run("friend add alice bob zoe").exits(1).says("1 done (1 already_friends), 1 rejected (30003: 1)");
    // Without consent, and only on the list of alice.
    assert_eq!(results(&emulator.run("friend add alice carol --force --one-way --json").exits(0)), ["added"]);
    let check = emulator.run("friend check alice carol bob --json").exits(0).objects();
    assert_eq!([&check[0]["to_has_from"], &check[1]["to_has_from"]], [false, true]);

    let delete = emulator.run("friend delete alice bob --one-way --json").exits(0);
    assert_eq!(results(&delete), ["deleted"]);
    assert_eq!(emulator.run("friend check bob alice --json").exits(0).objects()[0]["from_has_to"], true);
    assert_eq!(results(&emulator.run("friend delete alice bob dave --json").exits(0)), ["not_friends", "deleted"]);
    assert_eq!(emulator.run("friend check dave alice --json").exits(0).objects()[0]["from_has_to"], false);
}

#[test]
fn an_import_reads_all_columns_and_an_update_changes_some() {
    let emulator = Emulator::start("friend-import");
    emulator.import(&["alice", "bob", "carol"]);
    let friends = "To_Account,From_Account,source,Remark,group,wording,added_at,custom,Tag_SNS_Custom_Vip\n\
                   bob,alice,WEB,\"B., \"\"Bob\"\"\nMiller\",Work; Chess,hi,1700000000,\"{\"\"Tag_SNS_Custom_Team\"\":7}\",x\n\
                   carol,alice,,,,,,,\n";
    let friends = file("friend-import.csv", friends);
    let import = with_file(&emulator, "friend import --source android --json --pairs", &friends).exits(0);
    let bob = json!({"command": "friend_import", "from": "alice", "to": "bob", "ok": true, "outcome": "done",
                     "remark": "B., \"Bob\"\nMiller", "groups": ["Work", "Chess"], "add_source": "AddSource_Type_Web",
                     "add_wording": "hi", "added_at": 1700000000,
                     "custom": {"Tag_SNS_Custom_Team": 7, "Tag_SNS_Custom_Vip": "x"},
                     "code": null, "meaning": null, "info": null});
    assert_eq!(import.objects()[0], bob);
    let carol = &import.objects()[1];
    assert_eq!((&carol["add_source"], &carol["groups"]), (&json!("AddSource_Type_Android"), &Value::Null));
    // The friend lists of the others do not change.
    assert_eq!(emulator.run("friend check alice bob --json").exits(0).objects()[0]["to_has_from"], false);
    let entry = |to: &str, args: &str| emulator.run(&format!("friend get alice {to} --json {args}")).exits(0).objects();
    let keys = ["remark", "groups", "add_source", "add_wording", "added_at"];
    let got = entry("bob", "--custom Team,Tag_SNS_Custom_Vip").remove(0);
    assert!(keys.iter().chain(&["custom"]).all(|key| got[key] == bob[key]), "{got}");

    emulator.run("friend update alice bob carol --group Team").exits(0);
    let updates = "{\"from\":\"alice\",\"to\":\"bob\",\"remark\":\"B.\",\"groups\":null}\n\
                   {\"from\":\"alice\",\"to\":\"carol\",\"groups\":[],\"Tag_SNS_Custom_Team\":\"red\"}\n";
    let updated = with_file(&emulator, "friend update --json --pairs", &file("friend-update.ndjson", updates)).exits(0);
    assert_eq!((&updated.objects()[0]["groups"], &updated.objects()[1]["groups"]), (&Value::Null, &json!([])));
    let (bob, carol) = (entry("bob", "").remove(0), entry("carol", "--custom Team").remove(0));
    assert_eq!((&bob["remark"], &bob["groups"]), (&json!("B."), &json!(["Team"])));
    assert_eq!((&carol["groups"], &carol["custom"]), (&json!([]), &json!({"Tag_SNS_Custom_Team": "red"})));
    emulator.run("friend update alice zoe --remark x").exits(1).says("rejected with 30003");
}

#[test]
fn bad_columns_and_values_are_reported_before_anything_is_sent() {
    // A call there gets no connection, and that is 3.
    let nowhere = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    nowhere("friend add a b --source 1").exits(2).says("web, android");
    nowhere("friend add a b c --remark x").exits(2).says("--remark is for one TO");
    nowhere("friend update a b").exits(2).says("an update needs `remark`, `groups` or `custom`");
    nowhere("friend update a b --custom Team").exits(2).says("=");
    nowhere("friend update a b --custom two.words=x").exits(2).says("Tag_SNS_Custom_");
    nowhere("friend update a b --custom A=1 --custom Tag_SNS_Custom_A=2")
        .exits(2)
        .says("Tag_SNS_Custom_A has two values");
    nowhere("profile set a --custom A=1 --custom A=2").exits(2).says("Tag_Profile_Custom_A has two values");
    nowhere("friend get a b --custom two_words").exits(2).says("1 to 8 letters");
    nowhere("friend get a b --fields age").exits(2).says("add_wording").says("nick");
    nowhere("friend delete a b --both --one-way").exits(2).says("cannot be used with");
    nowhere("friend list a b --cursor 1").exits(2).says("give one USER");
    nowhere("friend list a --cursor x").exits(2).says("\"x\" is not a position");
    for (name, text, problem) in [
        ("add", "from,to,age\na,b,1\n", "known columns: from, to, add_source, remark, groups, add_wording"),
        ("import", "from,to,age\na,b,1\n", "Tag_SNS_Custom_..."),
        ("add", "from,to,groups\na,b,Work;Chess\n", "`groups` has 2 groups: friend_add takes one"),
        ("import", "from,to,source\na,b,x y\n", "`add_source` is \"x y\": it must be web, android"),
        ("import", "from,to,added_at\na,b,soon\n", "`added_at` is \"soon\": it must be a number"),
        ("import", "from,to,custom\na,b,red\n", "it must be a JSON object"),
        (
            "import",
            "{\"from\":\"a\",\"to\":\"b\",\"custom\":{\"Team1\":\"red\"}}\n",
            "Tag_SNS_Custom_ and 1 to 8 letters",
        ),
        ("update", "from,to,remark\na,b,\n", "an update needs `remark`, `groups` or `custom`"),
    ] {
        let path = file("friend-bad.txt", text);
        let mut command = tim_at("http://127.0.0.1:1", &format!("friend {name} --strict --pairs"));
        run(command.arg(path)).exits(2).says(problem);
    }
}

#[test]
fn deletions_ask_for_confirmation() {
    let emulator = Emulator::start("friend-confirm");
    let friends: Vec<_> = (0..21).map(|number| format!("user-{number}")).collect();
    emulator.import(&friends.iter().map(String::as_str).chain(["alice", "bob"]).collect::<Vec<_>>());
    emulator.run(&format!("friend add alice {}", friends.join(" "))).exits(0);
    emulator.run(&format!("friend delete alice {}", friends.join(" "))).exits(2).says("21 friends would be deleted");
    let clear = emulator.run("friend clear alice").exits(2).says("1 friend list would be emptied").says("--yes");
    assert_eq!(clear.stdout, "");
    let cleared = emulator.run("friend clear alice --one-way --yes --json").exits(0).objects();
    assert_eq!((&cleared[0]["user"], &cleared[0]["outcome"]), (&json!("alice"), &json!("done")));
    let check = |args: &str| emulator.run(&format!("friend check {args} --json")).exits(0).objects().remove(0);
    let check = |args: &str| (check(args)["from_has_to"].clone(), check(args)["to_has_from"].clone());
    assert_eq!(check("alice user-0"), (json!(false), json!(true)));
    emulator.run("friend clear user-0 --yes").exits(0);
    assert_eq!(check("alice user-0"), (json!(false), json!(false)));
    assert_eq!(emulator.run("friend list alice --json").exits(0).objects()[0]["info"], "the list is empty");
}

/// Friends with every field, and lists on several pages.
fn friends() -> String {
    let rich = json!({"from": "alice", "to": "bob", "add_source": "AddSource_Type_Android",
        "remark": "Bob, \"the builder\"\nMiller; =1", "groups": ["Work", "Chess, or \"Go\""], "add_wording": " hi;\n",
        "added_at": 1700000000, "custom": {"Tag_SNS_Custom_Team": "red", "Tag_SNS_Custom_Level": 7}});
    let mut lines = vec![rich.to_string(), json!({"from": "bob", "to": "alice", "added_at": 1600000000}).to_string()];
    let many = (0..150).map(|number| json!({"from": "carol", "to": format!("user-{number}"), "added_at": number}));
    lines.extend(many.map(|friend| friend.to_string()));
    lines.join("\n")
}

#[test]
fn what_a_list_writes_is_imported_elsewhere_without_a_difference() {
    let users: Vec<_> = (0..150).map(|number| format!("user-{number}")).collect();
    let users: Vec<_> = users.iter().map(String::as_str).chain(["alice", "bob", "carol", "dave"]).collect();
    let new = |name: &str| {
        let emulator = Emulator::start(name);
        emulator.run(&format!("account import {}", users.join(" "))).exits(0);
        emulator
    };
    let original = new("friend-original");
    with_file(&original, "friend import --pairs", &file("friend-original.ndjson", &friends())).exits(0);
    let list = |emulator: &Emulator, name: &str| {
        let path = file(name, "");
        with_file(emulator, "friend list alice bob carol dave --out", &path).exits(0);
        (fs::read_to_string(&path).unwrap(), path)
    };
    for ending in ["csv", "ndjson"] {
        let (text, exported) = list(&original, &format!("friend-exported.{ending}"));
        assert!(text.contains("Level") && text.contains("1600000000") && text.contains("the list is empty"), "{text}");
        let copy = new(&format!("friend-copy-{ending}"));
        with_file(&copy, "friend import --strict --pairs", &exported).exits(0);
        let (again, copied) = list(&copy, &format!("friend-copied.{ending}"));
        assert_eq!(text, again);
        run(tim("diff").arg(&exported).arg(&copied)).exits(0);
        // An update with all fields changes nothing.
        with_file(&copy, "friend update --pairs", &exported).exits(0);
        assert_eq!(text, list(&copy, &format!("friend-updated.{ending}")).0);
    }
    let rows = original.run("friend export alice bob carol dave --json").exits(0).stdout;
    let pipe = new("friend-pipe");
    run_with(&mut tim_at(&pipe.base_url, "friend import --pairs -"), &rows).exits(0).says("152 targets: 152 done");
    assert_eq!(pipe.run("friend list alice bob carol dave --json").exits(0).stdout, rows);
}

#[test]
fn a_friend_list_is_read_to_its_limit_or_from_a_cursor() {
    let emulator = Emulator::start("friend-limit");
    let users: Vec<_> = (0..150).map(|number| format!("user-{number}")).collect();
    emulator.run(&format!("account import carol {}", users.join(" "))).exits(0);
    emulator.run(&format!("friend import carol {}", users.join(" "))).exits(0);
    let list = |args: &str| emulator.run(&format!("friend list carol --json {args}")).exits(0);
    assert_eq!(list("").objects().len(), 150);
    assert_eq!(list("--limit 120").says("more entries than the limit of 120 entries").objects().len(), 120);
    let first = list("--limit 100").says("--cursor \"100\" continues it").objects();
    let rest = list("--cursor 100").objects();
    assert_eq!((first.len(), rest.len()), (100, 50));
    assert!(rest.iter().all(|row| first.iter().all(|other| other["to"] != row["to"])));
}

#[test]
fn only_rejected_targets_of_an_import_are_sent_again_with_their_columns() {
    let emulator = Emulator::start("friend-retry");
    emulator.import(&["alice", "bob"]);
    let path = file("friend-retry.ndjson", "");
    let command = "friend import alice bob --group Work --source QrCode --out";
    run(tim_at("http://127.0.0.1:1", command).arg(&path)).exits(3);
    let again = with_file(&emulator, "friend import --json --retry-failed", &path).exits(0).objects();
    assert_eq!((&again[0]["groups"], &again[0]["add_source"]), (&json!(["Work"]), &json!("AddSource_Type_QrCode")));
    let bob = emulator.run("friend get alice bob --json").exits(0).objects().remove(0);
    assert_eq!((&bob["groups"], &bob["add_source"]), (&json!(["Work"]), &json!("AddSource_Type_QrCode")));
}
