//! Any number of targets: from files and pipes, in three formats, with bad lines among them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{Emulator, Run, file, run, run_with, serve, tim, tim_at};

/// A path for a file that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let path = file(name, "");
    fs::remove_file(&path).unwrap();
    path
}

fn targets(run: &Run) -> Vec<String> {
    run.objects()
        .iter()
        .map(|row| format!("{}>{}", row["from"].as_str().unwrap(), row["to"].as_str().unwrap()))
        .collect()
}

/// alice follows bob and carol; nobody else follows anybody.
fn three(name: &str) -> Emulator {
    let emulator = Emulator::start(name);
    emulator.import(&["alice", "bob", "carol"]);
    emulator.run("follow add alice bob carol").exits(0);
    emulator
}

#[test]
fn targets_and_pairs_come_from_files_and_pipes() {
    let emulator = three("sources");
    let check = |args: &str, input: &str| {
        run_with(&mut tim_at(&emulator.base_url, &format!("follow check {args} --json")), input)
    };
    assert_eq!(targets(&check("alice --targets -", "bob\n\ncarol").exits(0)), ["alice>bob", "alice>carol"]);
    let pairs = "alice,bob\r\nbob,carol\r\nalice,bob\r\n";
    let found = check("--pairs -", pairs).exits(0);
    assert_eq!(targets(&found), ["alice>bob", "bob>carol", "alice>bob"]);
    let relations: Vec<_> = found.objects().iter().map(|row| row["relation"].clone()).collect();
    assert_eq!(relations, ["following", "none", "following"]);
    let json = "{\"from\":\"carol\",\"to\":\"alice\"}\n";
    assert_eq!(check("--pairs -", json).exits(0).objects()[0]["relation"], "follower");
    let path = file("pairs.csv", "from,to\nalice,carol\n");
    let table = run(tim_at(&emulator.base_url, "follow check --pairs").arg(&path)).exits(0);
    assert_eq!(table.stdout, "FROM   TO     OUTCOME  RELATION\nalice  carol  done     following\n");
    table.says("tim: 1 target: 1 done, 0 rejected, 0 not attempted, 0 unknown");
    let counts = run_with(&mut tim_at(&emulator.base_url, "follow counts --targets - --json"), "alice\nbob\n").exits(0);
    assert_eq!(counts.objects()[0]["following"], 2);
    // What the program prints, it reads.
    let rows = run(tim_at(&emulator.base_url, "follow check --output-format csv --pairs").arg(&path)).exits(0).stdout;
    assert_eq!(
        rows,
        "from,to,ok,outcome,relation,follow_type,code,meaning,info\nalice,carol,true,done,following,2,,,\n"
    );
    assert_eq!(targets(&check("--pairs -", &rows).exits(0)), ["alice>carol"]);
}

#[test]
fn bad_lines_are_reported_and_the_others_are_sent_unless_strict() {
    let emulator = three("bad-lines");
    let path = fresh("bad.csv");
    let long = "x".repeat(40);
    let text = [
        b"\xef\xbb\xbffrom,to\r\n\"alice\",\"bob\"\r\n\r\nalice\r\nalice,\xff\r\nalice,",
        long.as_bytes(),
        b"\r\nalice,carol",
    ];
    fs::write(&path, text.concat()).unwrap();
    let check = |args: &str| run(tim_at(&emulator.base_url, &format!("follow check --json {args} --pairs")).arg(&path));
    let found = check("").exits(1);
    assert_eq!(targets(&found), ["alice>bob", "alice>carol"]);
    let found = found.says("bad.csv, line 4: it has 1 column, not 2").says("line 5: it is not UTF-8");
    found.says(&format!("line 6: to \"{long}\" has 40 bytes")).says("2 done").says("3 bad lines");
    let strict = check("--strict").exits(2).says("line 5").says("bad.csv has 3 bad lines");
    assert_eq!(strict.stdout, "");
    let pipe = run_with(&mut tim_at(&emulator.base_url, "follow check --pairs - --strict"), "a,b\n").exits(2);
    pipe.says("--strict needs a file that can be read twice");
    let quiet = check("--quiet").exits(1).says("line 4");
    assert!(!quiet.stderr.contains("targets:"), "{}", quiet.stderr);
}

#[test]
fn a_command_line_that_names_targets_twice_or_never_is_2() {
    let nowhere = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    nowhere("follow check").exits(2);
    nowhere("follow check alice bob --pairs x.csv").exits(2).says("--pairs");
    nowhere("follow check alice bob --targets x.csv").exits(2).says("--targets");
    nowhere("follow check alice --targets missing.txt").exits(2).says("cannot read missing.txt");
    nowhere("follow check alice bob --resume x.journal").exits(2).says("--out");
    nowhere("follow check alice bob --json --output-format csv").exits(2).says("give one of them");
    nowhere("follow check alice bob --out a --resume a").exits(2).says("--out and --resume are the same file");
    let path = file("both.csv", "a,b\n");
    let both = path.display();
    nowhere(&format!("follow check --pairs {both} --out {both}"))
        .exits(2)
        .says("the input and --out are the same file");
    assert_eq!(fs::read_to_string(path).unwrap(), "a,b\n");
}

#[test]
fn a_dry_run_needs_no_key_and_sends_nothing() {
    let pairs: String = (0..4100).map(|number| format!("from-{},to-{number}\n", number % 2)).collect();
    let path = file("dry.csv", &pairs);
    let dry =
        run(tim("follow check --dry-run --json --calls-per-second 10 --pairs").arg(&path)).exits(0).says("nothing was");
    assert_eq!(
        dry.objects()[0],
        json!({"command": "follow_check", "from": null, "targets": 4100, "bad_lines": 0, "calls": 42,
               "calls_per_second": 10, "seconds": 5})
    );
    let table = run_with(&mut tim("follow delete alice --targets - --dry-run"), "bob\ncarol\n").exits(0).stdout;
    assert_eq!(
        table,
        "COMMAND        FROM   TARGETS  BAD LINES  CALLS  CALLS PER SECOND  DURATION\n\
         follow_delete  alice  2        0          1      200               1 second\n"
    );
}

#[test]
fn many_deletes_need_a_yes_where_nobody_can_be_asked() {
    let emulator = Emulator::start("deletes");
    let users: Vec<String> = (0..21).map(|number| format!("user-{number}")).collect();
    emulator.import(&users.iter().map(String::as_str).chain(["alice"]).collect::<Vec<_>>());
    emulator.run(&format!("follow add alice {}", users.join(" "))).exits(0);
    let delete = |args: &str| emulator.run(&format!("follow delete alice {args}"));
    delete(&users.join(" ")).exits(2).says("21 follows would end").says("--yes");
    assert_eq!(emulator.run("follow counts alice --json").objects()[0]["following"], 21);
    delete(&users[..20].join(" ")).exits(0);
    let pipe = |args: &str| {
        run_with(&mut tim_at(&emulator.base_url, &format!("follow delete alice --targets - {args}")), "user-20\n")
    };
    pipe("").exits(2).says("an unknown number of");
    pipe("--yes").exits(0);
    assert_eq!(emulator.run("follow counts alice --json").objects()[0]["following"], 0);
}

#[test]
fn with_a_wrong_key_every_target_is_accounted_for() {
    let emulator = three("hopeless");
    let input: String = (0..9000).map(|number| format!("user-{number}\n")).collect();
    let path = file("hopeless.txt", &input);
    let mut check = tim_at(&emulator.base_url, "follow check alice --json --targets");
    let run = run(check.arg(path).env("TIM_SECRET_KEY", "wrong")).exits(1).says("rejected with 70009");
    let rows = run.objects();
    assert_eq!(rows.len(), 9000);
    assert!(rows.iter().all(|row| row["ok"] == json!(false)));
    assert_eq!(rows.last().unwrap()["outcome"], "not_attempted");
}

#[test]
fn lists_of_many_users_are_in_one_output() {
    let emulator = three("lists");
    let list = |args: &str| {
        run_with(&mut tim_at(&emulator.base_url, &format!("follow list --kind following {args}")), "alice\nzoe\nbob\n")
    };
    let rows = list("--targets - --json").exits(1).says("the list of zoe: follow_get: rejected with 30003");
    let found: Vec<_> = rows.objects().iter().map(|row| (row["from"].clone(), row["to"].clone())).collect();
    assert_eq!(found[2], (json!("zoe"), Value::Null));
    assert_eq!((&rows.objects()[2]["outcome"], &rows.objects()[2]["code"]), (&json!("rejected"), &json!(30003)));
    let empty = &rows.objects()[3];
    assert_eq!((&empty["from"], &empty["to"], &empty["outcome"]), (&json!("bob"), &json!(null), &json!("done")));
    assert_eq!(found.len(), 4);
    let table = list("--targets -").exits(1).stdout;
    assert!(
        table.starts_with("FROM   TO     FOLLOWED AT")
            && table.contains("\nzoe    -      -                     -     rejected  30003"),
        "{table}"
    );
    let csv = list("zoe --output-format csv").exits(1).stdout;
    let row = csv.lines().nth(1).unwrap();
    assert!(row.starts_with("zoe,following,,false,rejected,") && row.contains(",30003,"), "{csv}");
    let csv = list("alice bob --output-format csv --flatten").exits(0).stdout;
    let mut lines = csv.lines();
    let header = "from,kind,to,ok,outcome,followed_at,nick,allow_type,self_signature,image,gender,birthday,location,\
                  language,level,role,msg_settings,admin_forbid_type,custom,profile_sequence,cursor,code,meaning,info";
    assert_eq!(lines.next(), Some(header));
    assert!(lines.next().unwrap().starts_with("alice,following,"), "{csv}");
}

#[test]
fn an_output_without_rows_has_the_header_of_csv() {
    let emulator = three("header");
    let path = file("none.txt", "");
    let check = |format: &str| {
        let args = format!("follow check alice --output-format {format} --targets");
        run(tim_at(&emulator.base_url, &args).arg(&path)).exits(0).stdout
    };
    assert_eq!(check("csv"), "from,to,ok,outcome,relation,follow_type,code,meaning,info\n");
    assert_eq!(check("ndjson"), "");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_that_cannot_write_parquet_names_the_feature() {
    let emulator = three("parquet");
    let out = fresh("fans.parquet");
    let list = run(tim_at(&emulator.base_url, "follow list alice --kind following --out").arg(&out));
    list.exits(2).says("build it with `--features parquet`");
    assert!(!out.exists());
}

#[test]
fn a_user_follows_exactly_the_users_of_a_file() {
    let emulator = three("sync");
    emulator.import(&["dave"]);
    let path = file("wanted.txt", "bob\ndave\n");
    let sync =
        |args: &str| run(tim_at(&emulator.base_url, &format!("follow sync alice --json {args} --from")).arg(&path));
    let plan = sync("--plan --max-delete-share 0.5").exits(0).says("alice: follow 1, unfollow 1, keep 1");
    assert_eq!(
        plan.objects()[0],
        json!({
            "command": "follow_delete", "from": "alice", "to": "carol", "change": "unfollow",
            "code": null, "meaning": null, "info": null
        })
    );
    sync("").exits(2).says("more than the allowed share of 0.2").says("allow a larger share with --max-delete-share");
    assert_eq!(emulator.run("follow counts alice --json").objects()[0]["following"], 2);
    sync("--max-delete-share 0.5").exits(0).says("2 targets: 2 done");
    sync("--max-delete-share 20").exits(2).says("from 0.0 to 1.0");
    sync("--plan").exits(0).says("alice: follow 0, unfollow 0, keep 2");
    fs::write(&path, format!("bob\n{}\n", "x".repeat(40))).unwrap();
    sync("--max-delete-share 1.0").exits(2).says("line 2").says("nothing was sent");
}

/// The responses come as fast as they can; the reader takes one line and goes.
#[test]
fn a_reader_that_takes_one_line_is_not_a_failure() {
    let ok = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":0}],"ErrorCode":0}"#;
    for format in ["--json", "--output-format csv", "--output-format table"] {
        let pairs: String = (0..3000).map(|number| format!("from-{number},bob\n")).collect();
        let path = file("head.csv", &pairs);
        let mut check = tim_at(&serve(&[(200, ok)]), &format!("follow check --rate-limit none {format} --pairs"));
        let mut child = check.arg(path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        assert!(!line.is_empty());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}
