//! `tim schema`, and what each command prints against its schema.

use std::collections::BTreeSet;
use std::fs;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::program::{Emulator, KEY, Run, file, run, serve, tim, tim_at};

/// The schema of a command, which also rejects keys that it does not describe.
fn strict(name: &str) -> Validator {
    let mut schema = run(&mut tim(&format!("schema {name} --json"))).exits(0).objects().remove(0);
    schema["unevaluatedProperties"] = json!(false);
    jsonschema::validator_for(&schema).unwrap()
}

/// Checks each row of a run, and that there are rows.
#[track_caller]
pub(crate) fn check(name: &str, run: &Run) {
    let (schema, rows) = (strict(name), run.objects());
    assert!(!rows.is_empty(), "{name} printed nothing; stderr: {}", run.stderr);
    for row in rows {
        let error = schema.validate(&row).err().map(|error| error.to_string());
        assert_eq!(error, None, "{name}: {row}");
    }
}

fn outcomes(run: &Run) -> Vec<Value> {
    run.objects().iter().map(|row| row["outcome"].clone()).collect()
}

/// Commands and their flags. Each one is done for bob after the ones before it.
const TARGETS: [(&str, &str); 12] = [
    ("follow add", ""),
    ("follow delete", ""),
    ("follow check", ""),
    ("friend add", "--group Work --wording hi"),
    ("friend import", "--group Work --source android"),
    ("friend update", "--group Chess --custom Team=red"),
    ("friend get", "--custom Team"),
    ("friend check", ""),
    ("friend delete", ""),
    ("block add", ""),
    ("block check", ""),
    ("block delete", ""),
];

#[test]
fn rows_of_targets_match_their_schema_for_each_outcome() {
    let emulator = Emulator::start("schema-targets");
    emulator.import(&["alice", "bob"]);
    let item = |user: &str| json!({"To_Account": user, "ResultCode": "?", "ErrorCode": "?"});
    let items = json!([item("bob"), item("zoe")]);
    let unreadable = json!({"ResultItem": items, "InfoItem": items, "BlackListCheckItem": items, "ErrorCode": 0});
    let unreadable = unreadable.to_string();
    let unreadable = serve(&[(200, &unreadable)]);
    for (name, flags) in TARGETS {
        let at = |base_url: &str| run(&mut tim_at(base_url, &format!("{name} alice bob zoe --json {flags}")));
        let received = at(&emulator.base_url).exits(1);
        assert_eq!(outcomes(&received), ["done", "rejected"], "{name}");
        let unknown = at(&unreadable).exits(1);
        assert_eq!(outcomes(&unknown), ["unknown", "unknown"], "{name}");
        let not_attempted = at("http://127.0.0.1:1").exits(3);
        assert_eq!(outcomes(&not_attempted), ["not_attempted", "not_attempted"], "{name}");
        [received, unknown, not_attempted].iter().for_each(|run| check(name, run));
    }
    check("follow counts", &emulator.run("follow counts alice zoe --json").exits(1));
    let single = emulator.run("friend check alice bob --mode single --json").exits(0);
    check("friend check", &single);
    check("dry run", &run(&mut tim("follow add alice bob --dry-run --json")).exits(0));
    check("dry-run", &run(&mut tim("follow check alice bob --dry-run --rate-limit none --json")).exits(0));
}

/// Commands about one user. The last one deletes the account of alice.
const USERS: [&str; 9] = [
    "account import alice zoe",
    "account check alice zoe",
    "account kick alice zoe",
    "account status --devices alice zoe",
    "profile get alice zoe",
    "profile set --level 3 --custom Team=red alice zoe",
    "friend-group list --friends alice zoe",
    "friend-group delete zoe Work",
    "account delete --yes alice zoe",
];

#[test]
fn rows_of_users_match_their_schema_for_each_outcome() {
    let emulator = Emulator::start("schema-users");
    emulator.import(&["alice"]);
    emulator.run("friend-group add alice Work a;b").exits(0);
    let unreadable = serve(&[(200, r#"{"ErrorCode":"?"}"#)]);
    for args in USERS {
        let name = args.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let at = |base_url: &str| run(&mut tim_at(base_url, &format!("{args} --json")));
        let received = at(&emulator.base_url);
        let unknown = at(&unreadable).exits(3);
        assert!(outcomes(&unknown).iter().all(|outcome| outcome == "unknown"), "{name}");
        let not_attempted = at("http://127.0.0.1:1").exits(3);
        assert!(outcomes(&not_attempted).iter().all(|outcome| outcome == "not_attempted"), "{name}");
        [received, unknown, not_attempted].iter().for_each(|run| check(&name, run));
    }
    emulator.import(&["alice"]);
    let add = emulator.run("friend-group add alice Work a;b --friends zoe --json").exits(1);
    assert_eq!(outcomes(&add), ["done", "rejected", "done", "rejected"]);
    check("friend-group add", &add);
}

#[test]
fn rows_of_lists_match_their_schema_for_each_outcome() {
    let emulator = Emulator::start("schema-lists");
    emulator.import(&["alice", "bob"]);
    emulator.run("follow add alice bob").exits(0);
    for flatten in ["", "--flatten"] {
        let args = format!("follow list --kind following --json {flatten}");
        let lists = emulator.run(&format!("{args} alice bob zoe")).exits(1);
        assert_eq!(outcomes(&lists), ["done", "done", "rejected"]);
        let page = r#"{"FollowItem":[{"To_Account":"bob","FollowTime":"soon"}],"NextCursor":"c2","ErrorCode":0}"#;
        let broken = run(&mut tim_at(&serve(&[(200, page), (502, "")]), &format!("{args} alice"))).exits(3);
        assert_eq!(outcomes(&broken), ["unknown", "unknown"]);
        assert_eq!(broken.objects()[1]["cursor"], "c2");
        let nowhere = run(&mut tim_at("http://127.0.0.1:1", &format!("{args} alice"))).exits(3);
        assert_eq!(outcomes(&nowhere), ["not_attempted"]);
        [lists, broken, nowhere].iter().for_each(|run| check("follow list", run));
        let args = format!("follow export alice bob zoe --json {flatten}");
        check("follow export", &emulator.run(&args).exits(1));
    }
}

#[test]
fn rows_of_friend_lists_and_blocklists_match_their_schema() {
    let emulator = Emulator::start("schema-friends");
    emulator.import(&["alice", "bob", "carol"]);
    emulator.run("friend import alice bob --group Work").exits(0);
    emulator.run("block add alice carol").exits(0);
    for (name, page) in [
        ("friend list", r#"{"UserDataItem":[{"To_Account":7}],"NextStartIndex":1,"CompleteFlag":0,"ErrorCode":0}"#),
        ("block list", r#"{"BlackListItem":[{"To_Account":7}],"StartIndex":1,"ErrorCode":0}"#),
    ] {
        let lists = emulator.run(&format!("{name} --json alice bob zoe")).exits(1);
        assert_eq!(outcomes(&lists), ["done", "done", "rejected"], "{name}");
        let broken = run(&mut tim_at(&serve(&[(200, page), (502, "")]), &format!("{name} --json alice"))).exits(3);
        assert_eq!((outcomes(&broken), &broken.objects()[1]["cursor"]), (vec!["unknown".into(); 2], &json!("1")));
        [lists, broken].iter().for_each(|run| check(name, run));
    }
    check("friend clear", &emulator.run("friend clear alice zoe --yes --json").exits(1));
}

#[test]
fn rows_of_sync_and_graph_match_their_schema() {
    let emulator = Emulator::start("schema-sync");
    emulator.import(&["alice", "bob", "carol"]);
    emulator.run("follow add alice bob").exits(0);
    let wanted = file("schema-sync.txt", "carol\nzoe\n");
    let sync = |args: &str| {
        run(tim_at(&emulator.base_url, &format!("follow sync alice --json --max-delete-share 1 {args} --from"))
            .arg(&wanted))
    };
    check("follow sync plan", &sync("--plan").exits(0));
    let synced = sync("").exits(1);
    assert_eq!(outcomes(&synced), ["done", "done", "rejected"]);
    check("follow sync", &synced);
    let graph = format!("follow graph alice --json --out {}/schema.svg", env!("CARGO_TARGET_TMPDIR"));
    check("follow graph", &emulator.run(&graph).exits(0));
}

/// A signature with a room permission; test data of `tim-sig`.
const ROOM: &str = "eJxVjrkOglAURP-l1kbZEuQlFk-jEhYDbol0IFe4isgiChr-3YhQONXMOc28YGOu*3fMgYHUF6DXbAowudGRGlyRdz2VSauK4OylKQXAREVo8zM3uiAwUf2nWKWUIzC5A2WBuV8egQF3*ALnceRLqejHy3oT8ibuzq7Nb7GHvCWRO9czT3qMuhcUAoNo5Qj8MFPtsaFYnq4hDjJXu4iOleyTjLZ2PK2fd2UiG8oI3h*2-0XB";

#[test]
fn rows_of_signatures_match_their_schema() {
    let usersig = |args: &str| {
        let mut command = tim(&format!("usersig {args} --json"));
        run(command.env("TIM_SDKAPPID", "1400000000").env("TIM_SECRET_KEY", KEY))
    };
    let signed = usersig("sign --user alice").exits(0);
    let sig = signed.objects()[0]["usersig"].as_str().unwrap().to_owned();
    check("usersig sign", &signed);
    check("usersig verify", &usersig(&format!("verify {sig}")).exits(0));
    check("usersig verify", &usersig("verify abc").exits(1));
    check("usersig inspect", &usersig(&format!("inspect {sig}")).exits(0));
    check("usersig inspect", &usersig(&format!("inspect {ROOM}")).exits(0));
    check("usersig inspect", &usersig("inspect abc").exits(1));
    check("usersig explain", &usersig(&format!("explain {sig} --code 70009")).exits(0));
    check("usersig explain", &usersig("explain abc --code 1").exits(1));
}

#[test]
fn rows_of_the_other_commands_match_their_schema() {
    let emulator = Emulator::start("schema-others");
    let first_line = Run { code: None, stdout: format!("{}\n", emulator.started), stderr: String::new() };
    check("emulator", &first_line);
    let own_key = Emulator::spawn(&mut tim("emulator"));
    let first_line = Run { stdout: format!("{}\n", own_key.started), ..first_line };
    check("emulator", &first_line);
    check("doctor", &emulator.run("doctor --json"));
    check("doctor", &run(&mut tim("doctor --json")).exits(1));
    check("demo", &run(&mut tim("demo --json")).exits(0));
    check("error", &run(&mut tim("error --list --json")).exits(0));
    check("error", &run(&mut tim("error 123456789 --json")).exits(1));
    check("config show", &emulator.run("config show --json").exits(0));
    let config = file("schema-config.toml", "[profile.a]\n");
    let config = |args: &str| run(tim(&format!("config {args} --json")).env("TIM_CONFIG", &config)).exits(0);
    check("config set", &config("set admin ann --profile a"));
    check("config use", &config("use a"));
    check("config list", &config("list"));
    check("config path", &run(&mut tim("config path --json --config x.toml")).exits(0));
    let [a, b] =
        [("a", "from,kind,to,ok,nick\na,x,b,true,A\na,x,,false,\n"), ("b", "from,kind,to,ok,nick\na,x,b,true,B\n")]
            .map(|(name, text)| file(&format!("schema-diff-{name}.csv"), text));
    check("diff", &run(tim("diff --json").args([&a, &b])).exits(1));
    check("schema", &run(&mut tim("schema --json")).exits(0));
}

#[test]
fn schemas_are_listed_and_found_by_the_words_of_the_command() {
    let listed = run(&mut tim("schema --json")).exits(0).objects();
    let names: BTreeSet<&str> = listed.iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in &names {
        let schema = |name: &str| run(&mut tim(&format!("schema {name}"))).exits(0).stdout;
        assert_eq!(schema(name), schema(&name.replace('-', " ")));
        let schema: Value = serde_json::from_str(&schema(name)).unwrap();
        assert_eq!((&schema["$id"], &schema["version"]), (&json!(format!("urn:tim:schema:{name}:1")), &json!(1)));
    }
    run(&mut tim("schema follow chekc")).exits(2).says("cannot find a schema for \"follow-chekc\"");
    run(&mut tim("schema call")).exits(2).says("the response of the service as it is");
}

#[test]
fn a_key_that_a_schema_does_not_describe_is_found() {
    let emulator = Emulator::start("schema-strict");
    emulator.import(&["alice", "bob"]);
    let mut row = emulator.run("follow check alice bob --json").exits(0).objects().remove(0);
    let schema = strict("follow check");
    assert!(schema.is_valid(&row));
    row["surprise"] = json!(1);
    assert!(!schema.is_valid(&row));
    row.as_object_mut().unwrap().remove("surprise");
    row["relation"] = json!(3);
    assert!(!schema.is_valid(&row));
}

/// Takes a minute, so it is run by hand.
#[test]
#[ignore = "checks a million rows"]
fn a_million_rows_match_their_schema() {
    let emulator = Emulator::start("schema-million");
    emulator.import(&["alice", "bob"]);
    let pairs: String = (0..500_000).map(|number| format!("alice,bob\nalice,user-{}\n", number % 500)).collect();
    let (pairs, out) = (file("million.csv", &pairs), file("million.ndjson", ""));
    let mut check = tim_at(&emulator.base_url, "follow check --rate-limit none --pairs");
    run(check.arg(pairs).arg("--out").arg(&out)).exits(1);
    let schema = strict("follow check");
    let text = fs::read_to_string(out).unwrap();
    assert_eq!(text.lines().count(), 1_000_000);
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(schema.is_valid(&row), "{line}");
    }
}
