//! Files that are not what the command expects: nothing is sent, and a message says what to do.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::program::{Emulator, Run, file, run, run_with, serve, tim, tim_at};

/// A base URL where nothing listens: a command that sends something ends with 3.
const NOWHERE: &str = "http://127.0.0.1:1";

fn binary(name: &str, bytes: &[u8]) -> PathBuf {
    let path = file(name, "");
    fs::write(&path, bytes).unwrap();
    path
}

fn utf_16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(encode).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// The program with this file of pairs.
fn pairs(args: &str, path: &Path) -> Command {
    let mut command = tim_at(NOWHERE, &format!("follow add {args} --pairs"));
    command.arg(path);
    command
}

/// The users that a dry run counts, as `targets` and `bad_lines`.
fn dry_run(args: &str, text: &[u8]) -> (Value, Value) {
    let path = binary("dry-run.csv", text);
    let run = run(tim(&format!("follow add --dry-run --json {args} --pairs")).arg(path));
    let row = run.objects().swap_remove(0);
    (row["targets"].clone(), row["bad_lines"].clone())
}

#[test]
fn a_file_in_another_format_is_recognised_before_anything_is_sent() {
    let text = "from,to\nalice,bob\n";
    let marked = |text: &str| format!("\u{feff}{text}");
    let files: [(&str, Vec<u8>, &str); 12] = [
        ("le.csv", utf_16(text, u16::to_le_bytes), "iconv -f UTF-16LE -t UTF-8"),
        ("be.csv", utf_16(text, u16::to_be_bytes), "iconv -f UTF-16BE -t UTF-8"),
        ("le-mark.csv", utf_16(&marked(text), u16::to_le_bytes), "iconv -f UTF-16 -t UTF-8"),
        ("be-mark.csv", utf_16(&marked(text), u16::to_be_bytes), "iconv -f UTF-16 -t UTF-8"),
        ("x.csv.zst", b"\x28\xb5\x2f\xfd\x04\x58abc".to_vec(), "it is compressed with zstd; run: zstd -dc "),
        ("x.csv.xz", b"\xfd7zXZ\0\0\x04".to_vec(), "it is compressed with xz; run: xz -dc "),
        ("twice.csv.gz", gzip(&gzip(text.as_bytes())), "it is compressed with gzip twice"),
        ("program", b"\x7fELF\x02\x01\x01\0\0\0".to_vec(), "it is a binary file"),
        ("table.xlsx", b"PK\x03\x04\x14\0\x06\0".to_vec(), "save its table as CSV in UTF-8"),
        ("array.json", b"[{\"from\":\"a\",\"to\":\"b\"}]".to_vec(), "it is a JSON array; run: jq -c '.[]' "),
        ("indented.json", b"{\n  \"from\": \"a\"\n}".to_vec(), "run: jq -c . "),
        ("torn.csv", b"a,b\nc,d\n\0\0\0\0\n".to_vec(), "line 3 contains NUL bytes"),
    ];
    for (name, bytes, message) in files {
        let path = binary(name, &bytes);
        let stopped =
            run(&mut pairs("", &path)).exits(2).says(message).says(&format!("cannot read {}", path.display()));
        assert_eq!((stopped.stdout.as_str(), stopped.stderr.lines().count()), ("", 1), "{}", stopped.stderr);
        // A pipe is not read to its end before pairs are sent.
        if name != "torn.csv" {
            let mut piped = tim_at(NOWHERE, "follow add --pairs -");
            run(piped.stdin(File::open(&path).unwrap())).exits(2).says(message.split(';').next().unwrap_or(message));
        }
    }
    run(&mut pairs("", Path::new(env!("CARGO_TARGET_TMPDIR")))).exits(2).says("it is a directory");
    run(&mut pairs("", Path::new("missing.csv"))).exits(2).says("cannot read missing.csv: ");
}

#[cfg(unix)]
#[test]
fn a_device_without_an_end_is_an_error() {
    for args in ["--pairs", "alice --targets"] {
        let mut add = tim_at(NOWHERE, &format!("follow add {args} /dev/zero"));
        run(&mut add).exits(2).says("cannot read /dev/zero: it is a binary file");
    }
}

#[test]
fn a_header_is_read_by_name() {
    let emulator = Emulator::start("header");
    emulator.import(&["alice", "bob"]);
    for (name, text) in [
        ("wire.csv", "To_Account,From_Account\nbob,alice\n"),
        ("follower.csv", "Followee ID,followerId\nbob,alice\n"),
        ("tabs.tsv", "nick\tto\tfrom\n\tbob\talice\n"),
        ("semicolons.csv", "\u{feff}FROM;TO\r\nalice;bob\r\n"),
    ] {
        let path = file(name, text);
        let rows = run(tim_at(&emulator.base_url, "follow check --json --pairs").arg(path)).exits(0).objects();
        assert_eq!((rows.len(), &rows[0]["from"], &rows[0]["to"]), (1, &"alice".into(), &"bob".into()), "{name}");
    }
    let users = file("users.csv", "UserID,nick\nbob,Bob\n");
    let rows = run(tim_at(&emulator.base_url, "follow counts --json --targets").arg(users)).exits(0).objects();
    assert_eq!((rows.len(), &rows[0]["to"]), (1, &"bob".into()));
}

#[test]
fn an_unknown_header_stops_before_anything_is_sent() {
    let stops = |text: &str, message: &str| {
        run(&mut pairs("", &file("unknown-header.csv", text))).exits(2).says(message).says("--header no");
    };
    stops("from,to,age\na,b,7\n", "the header names an unknown column \"age\"; rename or remove it");
    stops("from,to,\u{1b}]0;x\u{7}\na,b,7\n", r#"unknown column "\u{1b}]0;x\u{7}""#);
    stops("Owner ID,Friend ID\na,b\n", "its first line looks like a header");
    stops("follower,following\na,b\n", "the header names no column `to`");
    stops("to,from,To_Account\na,b,c\n", "the columns \"to\" and \"To_Account\" of the header mean the same");
    assert_eq!(dry_run("--header yes", b"age,to,from\n7,b,a\n"), (1.into(), 0.into()));
    assert_eq!(dry_run("--header yes", b"Owner ID,Friend ID\na,b\n"), (1.into(), 0.into()));
    assert_eq!(dry_run("--header no", b"from,to\na,b\n"), (2.into(), 0.into()));
}

#[test]
fn gzip_is_read_from_files_and_pipes() {
    let emulator = Emulator::start("gzip");
    emulator.import(&["alice", "bob"]);
    let bytes = [gzip(b"to,from\nbob,alice\n"), gzip(b"alice,bob")].concat();
    let path = binary("pairs.data", &bytes);
    let from_file = run(tim_at(&emulator.base_url, "follow check --json --pairs").arg(&path)).exits(0);
    let mut check = tim_at(&emulator.base_url, "follow check --json --pairs -");
    let from_pipe = run(check.stdin(File::open(&path).unwrap())).exits(0);
    assert_eq!((from_file.objects().len(), &from_pipe.stdout), (2, &from_file.stdout));
    let torn = binary("torn.gz", &bytes[..bytes.len() - 5]);
    run(&mut pairs("", &torn)).exits(2).says("torn.gz: ");
    assert_eq!(
        dry_run("--strict", &gzip(&[b"a,b\n".as_slice(), &[b'x'; 300_000], b"\nc,d\n"].concat())),
        (2.into(), 1.into())
    );
}

#[test]
fn the_first_ten_bad_lines_are_shown_and_the_others_counted() {
    let text = ["a,b\n", &"x\n".repeat(3000)].concat();
    let messages = |run: &Run| run.stderr.lines().filter(|line| line.contains("it has 1 column")).count();
    let path = file("many-bad.csv", &text);
    let base_url = serve(&[(200, r#"{"ActionStatus":"OK","ErrorCode":0}"#)]);
    let found = run(tim_at(&base_url, "follow check --quiet --pairs").arg(&path)).exits(1);
    assert_eq!(messages(&found), 10, "{}", found.stderr);
    let found = found.says("many-bad.csv, line 2: it has 1 column, not 2").says("... and 2990 more bad lines");
    assert!(!found.stderr.contains("line 12:"));
    let piped = run_with(&mut tim_at(&base_url, "follow check --pairs -"), &text).exits(1);
    assert_eq!(messages(&piped), 10, "{}", piped.stderr);
    piped.says("standard input, ... and 2990 more bad lines").says("3000 bad lines");
    // A file without a single pair in its first thousand lines is the wrong one.
    let wrong = "hello\n".repeat(300_000);
    let wrong_file = file("wrong.csv", &wrong);
    let stopped = run(&mut pairs("", &wrong_file)).exits(2).says("the first 1000 lines of ");
    assert!(stopped.stderr.lines().count() <= 12, "{}", stopped.stderr);
    let mut piped = tim_at(NOWHERE, "follow add --pairs -");
    run(piped.stdin(File::open(&wrong_file).unwrap())).exits(2).says("the first 1000 lines of standard input");
}

#[test]
fn one_huge_line_and_an_empty_file_send_nothing() {
    let huge = file("huge.csv", &"a,".repeat(5_000_000));
    run(&mut pairs("", &huge)).exits(1).says("line 1: it has more than 65536 bytes").says("0 targets");
    run(&mut pairs("", &file("empty.csv", ""))).exits(0).says("has no targets");
    run(&mut pairs("", &file("only-header.csv", "from,to\n"))).exits(0).says("has no targets");
}

#[test]
fn control_characters_are_rejected_in_arguments_as_in_files() {
    for args in
        [["follow", "add", "alice", "b\u{7}"], ["follow", "add", "a\tb", "bob"], ["follow", "counts", "a\u{9b}", "b"]]
    {
        run(tim_at(NOWHERE, "").args(args)).exits(2).says("contains a control character").says("nothing was sent");
    }
}

#[test]
fn failed_targets_of_an_earlier_output_are_sent_again() {
    let emulator = Emulator::start("retry-failed");
    emulator.import(&["alice", "bob", "carol", "dave"]);
    let row = |to: &str, rest: &str| {
        format!("{{\"command\":\"follow_add\",\"from\":\"alice\",\"to\":\"{to}\",\"ok\":false,{rest}}}\n")
    };
    let rows = [
        "{\"command\":\"follow_add\",\"from\":\"alice\",\"to\":\"bob\",\"ok\":true}\n".to_owned(),
        row("zoe", r#""outcome":"rejected","code":30003"#),
        row("carol", r#""outcome":"rejected","code":30006"#),
        row("dave", r#""outcome":"not_attempted","code":null"#),
    ];
    let earlier = binary("earlier.data", &gzip(rows.concat().as_bytes()));
    let retry = |command: &str| {
        let mut retry = tim_at(&emulator.base_url, &format!("follow {command} --json --retry-failed"));
        retry.arg(&earlier);
        retry
    };
    let targets = |run: &Run| run.objects().iter().map(|row| row["to"].clone()).collect::<Vec<_>>();
    assert_eq!(run(&mut retry("add --dry-run")).exits(0).objects()[0]["targets"], 2);
    let [out, journal] = ["retried.ndjson", "retried.journal"].map(|name| file(name, ""));
    fs::remove_file(&journal).unwrap();
    run(retry("add").arg("--out").arg(&out).arg("--resume").arg(&journal)).exits(0).says("2 done");
    run(retry("add").arg("--out").arg(&out).arg("--resume").arg(&journal)).exits(0).says("already finished");
    assert_eq!(emulator.run("follow counts alice --json").objects()[0]["following"], 2);
    run(&mut retry("delete --yes")).exits(2).says(r#"it is the output of "follow_add", not of follow_delete"#);
    run(retry("add").arg("alice")).exits(2).says("cannot be used with");
    // What the command wrote itself, as CSV.
    let failed = emulator.run("follow check alice bob nobody --output-format csv").exits(1).stdout;
    let nothing = run(tim_at(&emulator.base_url, "follow check --json --retry-failed").arg(file("own.csv", &failed)));
    assert_eq!(targets(&nothing.exits(0)), Vec::<Value>::new());
    run(tim_at(NOWHERE, "follow check --retry-failed").arg(file("no-output.csv", "alice,bob\n")))
        .exits(2)
        .says("it is not an output of tim");
}

#[test]
fn counts_and_lists_are_retried_by_their_users() {
    let emulator = Emulator::start("retry-users");
    emulator.import(&["alice", "bob"]);
    emulator.run("follow add alice bob").exits(0);
    let counts = concat!(
        r#"{"command":"follow_get_info","from":"alice","to":"alice","ok":true,"followers":0}"#,
        "\n",
        r#"{"command":"follow_get_info","from":"alice","to":"bob","ok":false,"outcome":"unknown","code":null}"#,
        "\n",
    );
    let path = file("counts.ndjson", counts);
    let rows = run(tim_at(&emulator.base_url, "follow counts --json --retry-failed").arg(path)).exits(0).objects();
    assert_eq!((rows.len(), &rows[0]["to"], &rows[0]["followers"]), (1, &"bob".into(), &1.into()));
    let lists = concat!(
        r#"{"command":"follow_get","from":"bob","kind":"following","to":"x","ok":true}"#,
        "\n",
        r#"{"command":"follow_get","from":"alice","kind":"following","cursor":"","ok":false,"code":null}"#,
        "\n",
    );
    let path = file("lists.ndjson", lists);
    let mut list = tim_at(&emulator.base_url, "follow list --kind following --json --retry-failed");
    let rows = run(list.arg(path)).exits(0).objects();
    assert_eq!((rows.len(), &rows[0]["from"], &rows[0]["to"]), (1, &"alice".into(), &"bob".into()));
}

#[test]
fn the_program_reads_what_it_prints() {
    let emulator = Emulator::start("own-output");
    emulator.import(&["alice", "bob"]);
    emulator.run("follow add alice bob").exits(0);
    for (index, command) in [
        "follow list alice bob --kind following --flatten",
        "follow list alice bob --kind followers",
        "follow counts alice bob",
        "follow check alice bob",
        "friend check alice bob",
    ]
    .into_iter()
    .enumerate()
    {
        let csv = emulator.run(&format!("{command} --output-format csv")).exits(0).stdout;
        let path = file(&format!("own-{index}.csv"), &csv);
        let read = run(tim("follow add --dry-run --json --pairs").arg(path)).exits(0);
        let pairs = csv.lines().count() - 1 - csv.matches("the list is empty").count();
        assert_eq!(read.objects()[0]["targets"], pairs, "{command}: {csv}");
        let ndjson = emulator.run(&format!("{command} --json")).exits(0).stdout;
        let read = run(tim("follow add --dry-run --json --pairs").arg(file("own.ndjson", &ndjson))).exits(0);
        assert_eq!(read.objects()[0]["targets"], pairs, "{command}: {ndjson}");
    }
}

/// Otherwise `tim follow sync` would end the follows of the users that are missing.
#[test]
fn a_row_of_a_list_that_was_not_read_is_a_bad_line() {
    let emulator = Emulator::start("unread-list");
    for format in ["csv", "ndjson"] {
        let list = format!("follow list zoe --kind following --output-format {format}");
        let path = file(&format!("unread.{format}"), &emulator.run(&list).exits(1).stdout);
        let read = run(tim("follow add --dry-run --json --pairs").arg(path)).exits(1);
        assert_eq!((&read.objects()[0]["targets"], &read.objects()[0]["bad_lines"]), (&0.into(), &1.into()));
    }
}

#[test]
fn a_dry_run_counts_the_calls_of_scattered_pairs() {
    let emulator = Emulator::start("scattered");
    let mut random = 1_u64;
    let mut next = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    let text: String = (0..20_000).map(|number| format!("user-{},to-{number}\n", next(500))).collect();
    let path = file("scattered.csv", &text);
    let dry = run(tim("follow check --dry-run --json --pairs").arg(&path)).exits(0).objects();
    let calls = dry[0]["calls"].as_f64().unwrap();
    let mut check = tim_at(&emulator.base_url, "follow check --verbose --json --rate-limit none --pairs");
    let sent = run(check.arg(&path)).stderr.matches("follow_check: attempt 1 to ").count() as f64;
    assert!((calls / sent - 1.0).abs() < 0.05, "{calls} calls were expected, {sent} were sent");
}

#[test]
fn the_name_of_a_file_is_not_a_user() {
    let people = file("people.csv", "user,nick\nalice,Alice\n");
    // A call there gets no connection, and that is 3.
    let nowhere = |args: &str| tim_at("http://127.0.0.1:1", args);
    for args in ["account import", "account delete --yes", "profile get", "friend list", "follow add alice"] {
        let error = run(nowhere(args).arg(&people)).exits(2).says("nothing was sent").says("is the name of a file");
        assert!(error.stderr.contains("to read users from it: --targets "), "{args}: {}", error.stderr);
    }
    run(nowhere("friend add").arg(&people).arg("bob")).exits(2).says("to read users from it: --pairs ");
    run(nowhere("friend add").arg(&people))
        .exits(2)
        .says("tip: to read pairs of users, from,to, from a file: --pairs FILE");
    // Also if the name is too long for a user id.
    let long = file("people-of-the-whole-company-and-its-partners.csv", "user\nalice\n");
    run(nowhere("account import").arg(&long)).exits(2).says("is the name of a file");
    // A user can have such a name.
    run(&mut nowhere("account check --max-attempts 1 no-such-file.csv")).exits(3);
    run_with(&mut nowhere("account check --max-attempts 1 --targets -"), &format!("{}\n", "people.csv")).exits(3);
}

#[test]
fn a_header_without_users_leads_to_the_columns_of_the_command() {
    let names = file("names.csv", "name,nickname\nalice,Alice\n");
    let run_at = |args: &str| run(tim_at("http://127.0.0.1:1", args).arg(&names)).exits(2);
    let import = run_at("account import --targets");
    assert!(import.stderr.contains("rename the columns (known columns: user, nick, image)"), "{}", import.stderr);
    assert!(!import.stderr.contains("--header"), "{}", import.stderr);
    run_at("account check --targets").says("(known names for the column of users: user, UserID, account, id)");
    run_at("follow add --pairs").says("known names for the column `from`: from, From_Account");
}
