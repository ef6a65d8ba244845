//! Where results go: which files are written, kept, locked and verified.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use serde_json::json;

use crate::program::{Emulator, Run, file, run, tim_at};

fn emulator(name: &str) -> Emulator {
    let emulator = Emulator::start(name);
    emulator.import(&["alice", "bob", "carol", "dave"]);
    emulator
}

/// A path in the directory of these tests, where nothing is.
fn free(name: &str) -> PathBuf {
    let path = file(name, "");
    fs::remove_file(&path).unwrap();
    path
}

fn check(emulator: &Emulator, args: &[&str]) -> Run {
    run(tim_at(&emulator.base_url, "follow check alice bob zoe").args(args))
}

#[test]
fn the_ending_of_a_file_decides_its_format() {
    let emulator = emulator("endings");
    let csv = free("endings.csv");
    check(&emulator, &["--out", csv.to_str().unwrap()]).exits(1);
    let text = fs::read_to_string(&csv).unwrap();
    assert!(text.starts_with("from,to,ok,outcome,"), "{text}");
    let compressed = free("endings.CSV.gz");
    check(&emulator, &["--out", compressed.to_str().unwrap()]).exits(1);
    let mut unpacked = String::new();
    MultiGzDecoder::new(fs::File::open(&compressed).unwrap()).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
    for name in ["endings", "endings.tsv", "endings.json", "/dev/null"] {
        let run = check(&emulator, &["--out", name]).exits(2);
        run.says(".csv, .ndjson, .jsonl").says("--output-format");
        assert!(!PathBuf::from("endings").exists());
    }
    check(&emulator, &["--out", "/dev/null", "--output-format", "csv"]).exits(1);
    let stdout = check(&emulator, &["--out", "-", "--output-format", "csv"]).exits(1).stdout;
    assert_eq!(stdout, text);
}

#[test]
fn no_clobber_keeps_a_file() {
    let emulator = emulator("no-clobber");
    let path = file("no-clobber.csv", "precious");
    check(&emulator, &["--no-clobber", "--out", path.to_str().unwrap()]).exits(2).says("exists already");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    check(&emulator, &["--out", path.to_str().unwrap()]).exits(1);
    assert!(fs::read_to_string(&path).unwrap().contains("zoe"));
}

#[test]
fn a_finished_journal_verifies_its_output() {
    let emulator = emulator("verified");
    let (out, journal) = (free("verified.ndjson"), free("verified.journal"));
    let args = ["--out", out.to_str().unwrap(), "--resume", journal.to_str().unwrap()];
    check(&emulator, &args).exits(1).says("2 targets: 1 done, 1 rejected");
    check(&emulator, &args).exits(1).says("already finished");
    let text = fs::read(&out).unwrap();
    fs::write(&out, &text[..10]).unwrap();
    check(&emulator, &args).exits(2).says("does not match its journal");
    fs::remove_file(&out).unwrap();
    check(&emulator, &args).exits(2).says("cannot find");
    assert!(!out.exists());
}

#[test]
fn a_file_that_another_process_writes_is_not_touched() {
    let emulator = emulator("locked-file");
    let path = file("locked-file.ndjson", "a line\n");
    let locked = fs::File::open(&path).unwrap();
    locked.lock().unwrap();
    check(&emulator, &["--out", path.to_str().unwrap()]).exits(2).says("another process writes");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a line\n");
    locked.unlock().unwrap();
    check(&emulator, &["--out", path.to_str().unwrap()]).exits(1);
}

#[test]
fn fail_fast_stops_after_the_first_target_that_is_not_done() {
    let emulator = emulator("fail-fast");
    let text: String = (0..500).map(|number| format!("alice,{}\n", if number == 2 { "zoe" } else { "bob" })).collect();
    let pairs = file("fail-fast.csv", &text);
    let args = "follow add --json --fail-fast --rate-limit none --pairs";
    let run = run(tim_at(&emulator.base_url, args).arg(pairs)).exits(1).says("--fail-fast stops");
    let outcomes: Vec<_> = run.objects().into_iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes[..3], [json!("done"), json!("done"), json!("rejected")]);
}

#[test]
fn many_users_follow_exactly_the_users_of_their_pairs() {
    let emulator = emulator("sync-many");
    for (from, to) in [("alice", "bob"), ("alice", "carol"), ("bob", "alice"), ("bob", "dave")] {
        emulator.run(&format!("follow add {from} {to}")).exits(0);
    }
    let pairs = file("sync-many.csv", "from,to\nalice,bob\nalice,dave\nzoe,bob\nbob,carol\ndave,alice\n");
    let (out, journal) = (free("sync-many.ndjson"), free("sync-many.journal"));
    let sync = |args: &str| {
        let mut command = tim_at(&emulator.base_url, "follow sync --max-delete-share 0.5 --pairs");
        run(command.arg(&pairs).args(args.split_whitespace()))
    };
    sync("").exits(2).says("--yes").says("--plan");
    let plan = sync("--plan --json").exits(2).objects();
    let change = |row: &serde_json::Value| [row["from"].clone(), row["to"].clone(), row["change"].clone()];
    let expected =
        [[json!("alice"), json!("carol"), json!("unfollow")], [json!("alice"), json!("dave"), json!("follow")]];
    assert_eq!(plan[..2].iter().map(change).collect::<Vec<_>>(), expected);
    assert_eq!(emulator.run("follow counts alice --json").objects()[0]["following"], 2);
    let files = format!("--yes --out {} --resume {}", out.display(), journal.display());
    // bob would lose both follows, which is more than half. zoe has no account.
    sync(&files).exits(2).says("1 not attempted");
    let rows: Vec<serde_json::Value> =
        fs::read_to_string(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<_> = rows.iter().map(|row| (row["from"].clone(), row["outcome"].clone())).collect();
    let expected =
        [("alice", "done"), ("alice", "done"), ("zoe", "rejected"), ("bob", "not_attempted"), ("dave", "done")];
    assert_eq!(outcomes, expected.map(|(from, outcome)| (json!(from), json!(outcome))));
    sync(&files).exits(2).says("already finished");
    let unsorted = file("sync-unsorted.csv", "alice,bob\nbob,carol\nalice,carol\n");
    run(tim_at(&emulator.base_url, "follow sync --yes --pairs").arg(unsorted)).exits(2).says("consecutive lines");
}

#[cfg(unix)]
#[test]
fn the_input_is_not_overwritten_through_a_link() {
    let emulator = emulator("links");
    let input = file("links.txt", "bob\n");
    let [hard, soft] = ["links-hard.csv", "links-soft.csv"].map(free);
    fs::hard_link(&input, &hard).unwrap();
    std::os::unix::fs::symlink(&input, &soft).unwrap();
    for out in [&hard, &soft] {
        let check = run(tim_at(&emulator.base_url, "follow check alice --targets").arg(&input).arg("--out").arg(out));
        check.exits(2).says("the input and --out are the same file");
        assert_eq!(fs::read_to_string(&input).unwrap(), "bob\n");
        fs::remove_file(out).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_output_that_another_program_changed_is_not_resumed() {
    let emulator = emulator("replaced");
    let pairs = file("replaced.in", &"alice,bob\n".repeat(5000));
    let [out, journal] = ["replaced.csv", "replaced.journal"].map(free);
    let mut add = tim_at(&emulator.base_url, "follow add --rate-limit 50 --pairs");
    add.arg(&pairs).arg("--out").arg(&out).arg("--resume").arg(&journal);
    let mut child = add.stderr(std::process::Stdio::piped()).spawn().unwrap();
    // The journal is there once the output is open.
    while !journal.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    fs::remove_file(&out).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("was deleted or replaced") && !stderr.contains("to resume"), "{stderr}");
}
