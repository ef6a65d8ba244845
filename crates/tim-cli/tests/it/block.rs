//! `tim block`: adds, deletes, lists and checks blocks.

use serde_json::json;

use crate::program::{Emulator, file, run, tim_at};

#[test]
fn a_block_is_added_checked_listed_and_deleted() {
    let emulator = Emulator::start("block");
    emulator.import(&["alice", "bob", "carol"]);
    emulator.run("friend add alice bob").exits(0);
    emulator.run("block add alice bob").exits(0);
    let add =
        emulator.run("block add alice bob carol zoe --json").exits(1).says("2 done (1 already_blocked, 1 blocked)");
    assert_eq!(
        add.objects()[1],
        json!({"command": "black_list_add", "from": "alice", "to": "carol", "ok": true, "outcome": "done",
               "result": "blocked", "code": null, "meaning": null, "info": null})
    );
    assert_eq!(add.objects()[2]["code"], 30003);
    let check = |args: &str| emulator.run(&format!("block check {args} --json")).exits(0).objects().remove(0);
    assert_eq!(
        check("alice bob"),
        json!({"command": "black_list_check", "from": "alice", "to": "bob", "ok": true, "outcome": "done",
               "relation": "BlackCheckResult_Type_AWithB", "from_blocks_to": true, "to_blocks_from": false,
               "code": null, "meaning": null, "info": null})
    );
    let single = check("bob alice --mode single");
    assert_eq!((&single["from_blocks_to"], &single["to_blocks_from"]), (&json!(false), &json!(null)));
    let table = emulator.run("block check bob alice").exits(0).stdout;
    assert_eq!(
        table,
        "TO     OUTCOME  RELATION  FROM BLOCKS TO  TO BLOCKS FROM\nalice  done     BWithA    no              yes\n"
    );
    // A block ends a friendship.
    assert_eq!(emulator.run("friend check alice bob --json").exits(0).objects()[0]["from_has_to"], false);

    let list = emulator.run("block list alice --json").exits(0).objects();
    assert!(list.len() == 2 && list.iter().all(|row| row["blocked_at"].is_u64()), "{list:?}");
    let delete = emulator.run("block delete alice bob --json").exits(0).objects().remove(0);
    assert_eq!((&delete["command"], &delete["outcome"]), (&json!("black_list_delete"), &json!("done")));
    emulator.run("block delete alice bob").exits(1).says("rejected with 30001");
    let users: Vec<_> = (0..21).map(|number| format!("user-{number}")).collect();
    emulator.run(&format!("block delete alice {}", users.join(" "))).exits(2).says("21 blocks would end");
}

#[test]
fn what_a_blocklist_writes_is_added_elsewhere() {
    let [original, copy] = ["block-original", "block-copy"].map(|name| {
        let emulator = Emulator::start(name);
        emulator.import(&["alice", "bob", "carol"]);
        emulator
    });
    original.run("block add alice bob carol").exits(0);
    original.run("block add bob alice").exits(0);
    for ending in ["csv", "ndjson"] {
        let path = file(&format!("blocks.{ending}"), "");
        run(tim_at(&original.base_url, "block list alice bob carol --out").arg(&path)).exits(0);
        run(tim_at(&copy.base_url, "block add --strict --pairs").arg(&path)).exits(0).says("3 targets: 3 done");
    }
    let pairs = |emulator: &Emulator| {
        let rows = emulator.run("block export alice bob carol --json").exits(0).objects();
        let mut pairs: Vec<_> = rows.iter().map(|row| (row["from"].to_string(), row["to"].to_string())).collect();
        pairs.sort();
        pairs
    };
    assert_eq!(pairs(&original), pairs(&copy));
    assert_eq!(pairs(&copy).len(), 4);
}
