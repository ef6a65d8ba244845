//! `tim friend-group`.

use serde_json::{Value, json};

use crate::account::emulator_with;
use crate::program::{Emulator, file, run, run_with, serve, tim_at};

/// The owner, group, count and friends of each row.
fn groups(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| json!([row["user"], row["group"], row["count"], row["friends"]])).collect()
}

fn friends_of_alice(name: &str) -> Emulator {
    let accounts = ["alice", "bob", "carol", "zed"].map(|user| json!({"account": {"user": user}}).to_string());
    let friends = ["bob", "carol"].map(|friend| json!({"friend": {"owner": "alice", "friend": friend}}).to_string());
    emulator_with(name, &[&accounts[..], &friends[..]].concat().join("\n"))
}

#[test]
fn groups_are_created_listed_and_deleted() {
    let emulator = friends_of_alice("group");
    let add = emulator.run("friend-group add alice Work Chess --friends bob,carol").exits(0).stdout;
    let table =
        "USER   OUTCOME  GROUP  FRIENDS\nalice  done     Work   bob, carol\nalice  done     Chess  bob, carol\n";
    assert_eq!(add, table);
    let list = |args: &str| groups(&emulator.run(&format!("friend-group list --json {args}")).exits(0).objects());
    let (work, chess) = (json!(["alice", "Work", 2, null]), json!(["alice", "Chess", 2, null]));
    assert_eq!(list("alice bob"), [work.clone(), chess, json!(["bob", null, null, null])]);
    assert_eq!(list("alice --friends")[0], json!(["alice", "Work", 2, ["bob", "carol"]]));
    let delete = emulator.run("friend-group delete alice Chess Gone --json").exits(0).objects();
    let row = json!({"command": "group_delete", "user": "alice", "ok": true, "outcome": "done", "group": "Chess",
                     "code": null, "meaning": null, "info": null});
    assert_eq!((&delete[0], &delete[1]["group"]), (&row, &json!("Gone")));
    assert_eq!(list("alice"), [work]);
    assert_eq!(emulator.run("friend-group list zoe --json").exits(1).objects()[0]["code"], 30003);
}

#[test]
fn a_friend_that_fails_has_a_row_and_fails_the_target() {
    let emulator = friends_of_alice("group-failed");
    let add = emulator.run("friend-group add alice Work Chess --friends bob,zed --json").exits(1);
    let rows: Vec<_> = add.objects().iter().map(|row| json!([row["group"], row["friends"], row["code"]])).collect();
    let (bob, zed) = (json!(["bob"]), json!(["zed"]));
    assert_eq!(
        rows,
        [
            json!(["Work", bob, null]),
            json!(["Work", zed, 30001]),
            json!(["Chess", bob, null]),
            json!(["Chess", zed, 30001])
        ]
    );
    add.says("1 target: 0 done, 1 rejected (30001: 1)");
    // Items that are missing, cannot be read, or have a transient code.
    let item = |user: &str, code: Value| json!({"To_Account": user, "ResultCode": code, "ResultInfo": ""});
    let items = [item("a", json!(0)), item("b", json!("?")), item("c", json!(30006))];
    let response = json!({"ResultItem": items, "Fail_Account": ["d"], "ErrorCode": 0}).to_string();
    let add = run(&mut tim_at(&serve(&[(200, &response)]), "friend-group add alice Work --friends a,b,c,d,e --json"));
    let rows = add.exits(1).objects();
    let outcomes: Vec<_> = rows.iter().map(|row| json!([row["friends"], row["outcome"], row["code"]])).collect();
    let expected = [
        json!([["a"], "done", null]),
        json!([["b"], "unknown", null]),
        json!([["c"], "rejected", 30006]),
        json!([["d"], "rejected", null]),
        json!([["e"], "unknown", null]),
    ];
    assert_eq!(outcomes, expected);
    // --retry-failed reads rows about friends.
    let rows: String = rows.iter().map(|row| format!("{row}\n").replace("\"c\"", "\"carol\"")).collect();
    let again =
        tim_at(&emulator.base_url, "friend-group add --json --retry-failed").arg(file("group.ndjson", &rows)).output();
    let again = String::from_utf8(again.unwrap().stdout).unwrap();
    assert!(again.contains(r#""outcome":"done","group":"Work","friends":["carol"]"#), "{again}");
    let sent = |friend: &str| again.contains(&format!(r#"["{friend}"]"#));
    assert_eq!(["a", "b", "d", "e"].map(sent), [false, true, true, true], "{again}");
}

#[test]
fn what_list_writes_add_reads() {
    let old = friends_of_alice("group-old");
    run(tim_at(&old.base_url, "friend-group add alice Work --friends bob").args(["a;b", "[x]", " space"])).exits(0);
    let list = "friend-group list alice bob --friends";
    let expected = groups(&old.run(&format!("{list} --json")).exits(0).objects());
    assert_eq!(expected.len(), 5);
    for format in ["csv", "ndjson"] {
        let new = friends_of_alice(&format!("group-new-{format}"));
        let written = old.run(&format!("{list} --output-format {format}")).exits(0).stdout;
        let add = run_with(&mut tim_at(&new.base_url, "friend-group add --targets -"), &written).exits(0);
        add.says("4 targets: 4 done");
        assert_eq!(groups(&new.run(&format!("{list} --json")).exits(0).objects()), expected, "{format}");
        let delete = run_with(&mut tim_at(&new.base_url, "friend-group delete --yes --targets -"), &written).exits(0);
        delete.says("4 targets: 4 done");
        assert_eq!(new.run("friend-group list alice --json").exits(0).objects()[0]["group"], json!(null));
    }
}

#[test]
fn a_line_is_a_call_with_one_group_or_several() {
    let emulator = friends_of_alice("group-lines");
    let csv =
        "user,group,friend\nalice,Work; Chess,bob;carol\nbob,\"[\"\"a,b\"\"]\",\nzed,,\nalice,,x y\nzed,x,zed;\u{1b}\n";
    let add = run(tim_at(&emulator.base_url, "friend-group add --json --targets").arg(file("group.csv", csv))).exits(1);
    let add = add.says("line 4: `group` is missing").says("line 5: `group` is missing").says("line 6: friends ");
    assert_eq!(
        groups(&add.objects()),
        [
            json!(["alice", "Work", null, ["bob", "carol"]]),
            json!(["alice", "Chess", null, ["bob", "carol"]]),
            json!(["bob", "a,b", null, null]),
        ]
    );
    // A group that is not on the list of groups.
    let unreadable =
        r#"{"ResultItem":[{"GroupName":"Work","FriendNumber":1},{"GroupName":"B","FriendNumber":"?"}],"ErrorCode":0}"#;
    let list = run(&mut tim_at(&serve(&[(200, unreadable)]), "friend-group list alice --json")).exits(1);
    let rows: Vec<_> = list.objects().iter().map(|row| json!([row["group"], row["outcome"], row["meaning"]])).collect();
    assert_eq!(rows, [json!(["Work", "done", null]), json!(["B", "unknown", "the entry cannot be read"])]);
}

#[test]
fn invalid_arguments_and_many_deletes_send_nothing() {
    // A call there gets no connection, and that is 3.
    let nowhere = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    nowhere("friend-group add alice").exits(2).says("<GROUP>");
    nowhere(&format!("friend-group add alice {}", "x".repeat(31))).exits(2).says("has 31 bytes");
    nowhere("friend-group add alice Work --friends bob,").exits(2).says("friends is empty");
    let many = |number: usize| (0..number).map(|number| format!("g{number}")).collect::<Vec<_>>().join(" ");
    nowhere(&format!("friend-group delete alice {}", many(21))).exits(2).says("would lose friend groups");
    nowhere(&format!("friend-group delete alice {}", many(20))).exits(3);
    let lines: String = (0..21).map(|number| format!("user-{number},Work\n")).collect();
    let lines = file("group-many.csv", &format!("user,group\n{lines}"));
    let delete = run(tim_at("http://127.0.0.1:1", "friend-group delete --targets").arg(lines)).exits(2);
    delete.says("21 users would lose friend groups");
}
