//! `tim account`.

use serde_json::json;

use crate::program::{Emulator, KEY, file, run, serve, tim, tim_at};

/// An emulator with the data of these lines.
pub(crate) fn emulator_with(name: &str, lines: &str) -> Emulator {
    let (key, data) = (file(&format!("{name}.key"), KEY), file(&format!("{name}.jsonl"), lines));
    Emulator::spawn(tim("emulator --secret-key-file").arg(key).arg("--import").arg(data))
}

#[test]
fn accounts_are_checked_and_deleted_with_a_word_for_each_result() {
    let emulator = Emulator::start("account-delete");
    emulator.run("account import alice bob").exits(0);
    let check = emulator.run("account check alice zoe").exits(0);
    assert_eq!(check.stdout, "USER   OUTCOME  STATUS\nalice  done     imported\nzoe    done     not_imported\n");
    let users = file("account-delete.txt", "alice\nzoe\n");
    let delete = run(tim_at(&emulator.base_url, "account delete --yes --json --targets").arg(&users)).exits(0);
    assert_eq!(
        delete.objects()[0],
        json!({"command": "account_delete", "user": "alice", "ok": true, "outcome": "done", "result": "deleted",
               "code": null, "meaning": null, "info": null})
    );
    assert_eq!(delete.objects()[1]["result"], "no_account");
    delete.says("2 done (1 deleted, 1 no_account)");
    let check = emulator.run("account check alice bob --json").exits(0).objects();
    assert_eq!([&check[0]["status"], &check[1]["status"]], ["not_imported", "imported"]);
}

#[test]
fn a_delete_is_always_confirmed_and_kicks_if_there_are_many() {
    // A call there gets no connection, and that is 3.
    let nowhere = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    nowhere("account delete alice").exits(2).says("1 account would be deleted with all data").says("--yes");
    nowhere("account delete alice --dry-run").exits(0).says("nothing was sent");
    let users: Vec<String> = (0..21).map(|number| format!("user-{number}")).collect();
    nowhere(&format!("account kick {}", users.join(" "))).exits(2).says("21 users would be logged out");
    nowhere(&format!("account kick {}", users[1..].join(" "))).exits(3);
}

#[test]
fn a_file_of_pairs_names_no_users_to_change() {
    let csv = file("account-pairs.csv", "from,to,ok,remark,groups\nalice,bob,true,B.,Work\n");
    let json = file("account-pairs.ndjson", "{\"from\":\"alice\",\"to\":\"bob\",\"ok\":true}\n");
    for pairs in [&csv, &json] {
        for args in ["account import", "account delete --yes", "profile set --level 1", "friend-group delete"] {
            let run = run(tim_at("http://127.0.0.1:1", args).arg("--targets").arg(pairs));
            run.exits(2).says("it has pairs of users, and the command changes data of single users; rename");
        }
    }
    let emulator = Emulator::start("account-pairs");
    let check = run(tim_at(&emulator.base_url, "account check --json --targets").arg(csv)).exits(0).objects();
    assert_eq!((check.len(), &check[0]["user"]), (1, &json!("bob")));
}

#[test]
fn a_kick_whose_response_is_lost_is_unknown_and_retried_on_demand() {
    let ok = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;
    let lost = run(&mut tim_at(&serve(&[(502, ""), (200, ok)]), "account kick alice --json")).exits(3);
    assert_eq!((&lost.objects()[0]["user"], &lost.objects()[0]["outcome"]), (&json!("alice"), &json!("unknown")));
    let rows = file("kick.ndjson", &lost.stdout);
    let emulator = Emulator::start("account-kick");
    emulator.import(&["alice"]);
    let again = run(tim_at(&emulator.base_url, "account kick --json --retry-failed").arg(rows)).exits(0);
    assert_eq!((again.objects().len(), &again.objects()[0]["outcome"]), (1, &json!("done")));
    let ghost = emulator.run("account kick zoe --json").exits(1).objects();
    assert_eq!((&ghost[0]["outcome"], &ghost[0]["code"]), (&json!("rejected"), &json!(70107)));
}

#[test]
fn the_status_of_users_and_devices_has_words() {
    let bob = r#"{"account":{"user":"bob","logins":{"Android":"PushOnline","Web":"Online"}}}"#;
    let emulator = emulator_with("account-status", &format!("{bob}\n{}\n", r#"{"account":{"user":"alice"}}"#));
    let status = emulator.run("account status bob alice zoe --json --devices").exits(1).says("1 offline, 1 online");
    let [bob, alice, zoe] = &status.objects()[..] else { panic!("{}", status.stdout) };
    let devices = json!([{"platform": "Android", "status": "push_online"}, {"platform": "Web", "status": "online"}]);
    assert_eq!((&bob["status"], &bob["devices"]), (&json!("online"), &devices));
    assert_eq!((&alice["status"], &alice["devices"]), (&json!("offline"), &json!([])));
    assert_eq!((&zoe["status"], &zoe["devices"], &zoe["code"]), (&json!(null), &json!(null), &json!(70107)));
    assert_eq!(emulator.run("account status bob --json").exits(0).objects()[0]["devices"], json!(null));
    let table = emulator.run("account status bob --devices").exits(0).stdout;
    assert!(table.ends_with("bob   done     online  Android push_online, Web online\n"), "{table}");
}

#[test]
fn an_unknown_value_is_printed_as_it_came_and_not_counted() {
    let item = r#"{"UserID":"bob","ResultCode":0,"AccountStatus":"Frozen"}"#;
    let response = format!(r#"{{"ResultItem":[{item}],"ErrorCode":0}}"#);
    let check = run(&mut tim_at(&serve(&[(200, &response)]), "account check bob bob --json")).exits(0);
    assert_eq!(check.objects()[0]["status"], "Frozen");
    assert!(!check.stderr.contains("Frozen"), "{}", check.stderr);
}
