//! `tim diff` and `tim follow export`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::program::{Emulator, Run, file, run, run_with, tim, tim_at};

/// Compares two files.
fn diff(a: &Path, b: &Path, args: &str) -> Run {
    run(tim("diff").arg(a).arg(b).args(args.split_whitespace()))
}

/// The differences in short: `change from to column a b`, with `-` for null.
#[track_caller]
fn differences(a: &Path, b: &Path, args: &str) -> Vec<String> {
    let run = diff(a, b, &format!("--json {args}")).exits(1);
    let keys = ["change", "from", "to", "column", "a", "b"];
    let short = |row: &Value| keys.map(|key| row[key].as_str().unwrap_or("-").to_owned()).join(" ");
    run.objects().iter().map(short).collect()
}

fn compressed(name: &str, text: &str) -> PathBuf {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let path = file(name, "");
    fs::write(&path, encoder.finish().unwrap()).unwrap();
    path
}

const CSV: &str = "\
from,kind,to,ok,outcome,followed_at,nick,profile,cursor
alice,following,bob,true,done,1,\"B,
\"\"ob\"\"\",\"{\"\"x\"\":[1,true]}\",
alice,following,carol,true,done,2,,{},
dave,following,,true,done,,,,
";

const NDJSON: &str = r#"
{"command":"follow_get","from":"alice","kind":"following","to":"bob","ok":true,"outcome":"done","followed_at":7,"nick":"B,\n\"ob\"","profile":{"x":[1,true]},"cursor":null}
{"command":"follow_get","from":"alice","kind":"following","to":"carol","ok":true,"outcome":"done","followed_at":8,"nick":null,"profile":{},"cursor":null}

{"command":"follow_get","from":"dave","kind":"following","to":null,"ok":true,"outcome":"done","followed_at":null,"nick":null,"cursor":null}
"#;

#[test]
fn lists_are_compared_without_their_order() {
    let a = file(
        "lists-a.ndjson",
        "{\"from\":\"a\",\"to\":\"b\",\"groups\":[\"x\",\"y;z\"],\"custom\":{},\"nick\":\"{}\"}\n",
    );
    let b = file("lists-b.csv", "from,to,groups,custom,nick\na,b,\"[\"\"y;z\"\",\"\"x\"\"]\",,{}\n");
    diff(&a, &b, "").exits(0);
    let c = file("lists-c.csv", "from,to,groups,custom,nick\na,b,,,\n");
    let expected = [r#"changed a b groups ["x","y;z"] -"#, "changed a b nick {} -"];
    let found = differences(&b, &c, "");
    assert_eq!(found, expected);
    let d = file("lists-d.csv", "from,to,groups\na,b,[]\n");
    diff(&c, &d, "").exits(0);
}

#[test]
fn equal_exports_in_different_formats_have_no_differences() {
    let csv = file("equal.csv", CSV);
    let windows =
        file("equal-windows.csv", &format!("\u{feff}{}", CSV.replace(",\n", ",\r\n").replace("\"B,\r\n", "\"B,\n")));
    let exports = [
        csv,
        windows,
        file("equal.ndjson", NDJSON),
        compressed("equal.csv.gz", CSV),
        compressed("equal.ndjson.gz", NDJSON),
    ];
    for a in &exports {
        for b in &exports {
            let run = diff(a, b, "").exits(0).says("tim: 2 rows in A, 2 in B: 0 only in A, 0 only in B, 0 changed\n");
            assert_eq!((run.stdout.as_str(), run.stderr.lines().count()), ("", 1), "{}", run.stderr);
        }
    }
    let piped = run_with(tim("diff - --quiet").arg(&exports[0]), NDJSON).exits(0);
    assert_eq!(piped.stdout + &piped.stderr, "");
    assert_eq!(diff(&exports[0], &exports[1], "--json").exits(0).stdout, "");
    let header = diff(&exports[0], &exports[1], "--output-format csv").exits(0).stdout;
    assert_eq!(header, "from,kind,to,user,group,change,column,a,b\n");
}

#[test]
fn each_difference_has_a_row_in_the_order_of_a_then_of_b() {
    let a = file("each-a.csv", "from,to,nick,level\nz,1,Z,1\na,2,A,1\na,3,A,1\nb,4,,1\n");
    let b = "\
{\"from\":\"q\",\"to\":\"9\",\"level\":1,\"nick\":\"Q\"}
{\"from\":\"b\",\"to\":\"4\",\"level\":1,\"nick\":\"\"}
{\"from\":\"a\",\"to\":\"3\",\"level\":2.5,\"nick\":\"小明\\n\"}
{\"from\":\"a\",\"to\":\"0\",\"level\":1,\"nick\":\"Q\"}
{\"from\":\"z\",\"to\":\"1\",\"level\":\"1\",\"nick\":\"Z\"}
";
    let b = file("each-b.ndjson", b);
    let expected = [
        "only_in_a a 2 - - -",
        "changed a 3 nick A 小明\n",
        "changed a 3 level 1 2.5",
        "only_in_b q 9 - - -",
        "only_in_b a 0 - - -",
    ];
    assert_eq!(differences(&a, &b, ""), expected);
    let run = diff(&a, &b, "--limit 2").exits(1).says("--limit hides 3 more rows");
    assert_eq!(
        run.stdout,
        "FROM  TO  CHANGE     COLUMN  A  B\na     2   only_in_a  -       -  -\na     3   changed    nick    A  小明\\n\n"
    );
    run.says("tim: 4 rows in A, 5 in B: 1 only in A, 2 only in B, 1 changed\n");
    let all = diff(&a, &b, "--json").exits(1).objects();
    assert_eq!(
        all[2],
        json!({"command": "diff", "from": "a", "kind": null, "to": "3", "user": null, "group": null,
               "change": "changed", "column": "level", "a": "1", "b": "2.5"})
    );
}

#[test]
fn the_compared_columns_can_be_chosen() {
    let a = file("columns-a.csv", "from,to,ok,followed_at,nick,level,old\na,b,true,1,A,1,x\n");
    let b = file("columns-b.csv", "to,new,level,nick,followed_at,from\nb,y,2,B,2,a\n");
    let run = diff(&a, &b, "").exits(1).says("not compared, because only A has these columns: old\n");
    run.says("not compared, because only B has these columns: new\n").says("1 changed");
    assert_eq!(differences(&a, &b, ""), ["changed a b nick A B", "changed a b level 1 2"]);
    assert_eq!(differences(&a, &b, "--ignore level,old"), ["changed a b nick A B"]);
    assert_eq!(
        differences(&a, &b, "--columns level,followed_at"),
        ["changed a b level 1 2", "changed a b followed_at 1 2"]
    );
    let equal = diff(&a, &b, "--ignore nick,level,old,new").exits(0);
    assert!(!equal.stderr.contains("not compared"), "{}", equal.stderr);
    diff(&a, &b, "--ignore nik").exits(2).says("no export has the column \"nik\"");
    diff(&a, &b, "--columns nick,old")
        .exits(2)
        .says("columns-b.csv does not have the column \"old\"")
        .says("to, new, level");
    diff(&a, &b, "--columns nick --ignore old").exits(2).says("cannot be used with");
}

#[test]
fn users_and_groups_are_keys_too() {
    let a = file("keys-a.csv", "user,nick\nalice,A\nbob,B\n");
    let b = file("keys-b.csv", "nick,user\nA,alice\nC,bob\n");
    let row = diff(&a, &b, "--json").exits(1).objects().remove(0);
    assert_eq!((&row["user"], &row["from"], &row["column"]), (&json!("bob"), &Value::Null, &json!("nick")));
    let a = file("keys-groups-a.csv", "user,group,members\nalice,x,1\nalice,y,1\nbob,,\n");
    let b = file("keys-groups-b.csv", "user,group,members\nbob,,\nalice,y,1\nalice,x,2\n");
    let rows = diff(&a, &b, "--json").exits(1).objects();
    assert_eq!((rows.len(), &rows[0]["group"], &rows[0]["b"]), (1, &json!("x"), &json!("2")));
    diff(&a, &file("keys-c.csv", "user\nalice\n"), "").exits(2).says("identified by user and group").says("by user;");
}

#[test]
fn lists_of_several_kinds_are_compared_by_kind() {
    let a = file("kinds-a.csv", "from,kind,to\na,following,b\na,followers,b\n");
    let b = file("kinds-b.csv", "from,kind,to\na,followers,b\n");
    let rows = diff(&a, &b, "--json").exits(1).objects();
    assert_eq!((rows.len(), &rows[0]["kind"]), (1, &json!("following")));
    let pairs = file("kinds-pairs.csv", "from,to\na,b\n");
    diff(&b, &pairs, "").exits(0).says("only A has these columns: kind");
}

#[test]
fn duplicates_are_compared_in_their_order_and_counted() {
    let a = file("duplicates-a.csv", "from,to,nick\na,b,1\na,b,2\na,c,1\n");
    diff(&a, &a, "").exits(0).says("A has 1 key in several rows");
    let b = file("duplicates-b.csv", "from,to,nick\na,x,1\na,b,1\na,c,1\na,c,2\na,x,2\n");
    let expected = ["duplicate a b - 2 1", "duplicate a c - 1 2", "only_in_b a x - - -", "duplicate a x - 0 2"];
    assert_eq!(differences(&a, &b, ""), expected);
    let swapped = ["duplicate a x - 2 0", "only_in_a a x - - -"];
    let found = differences(&b, &a, "");
    assert!(swapped.iter().all(|row| found.iter().any(|found| found == row)), "{found:?}");
    let c = file("duplicates-c.csv", "from,to,nick\na,b,1\na,b,9\na,c,1\n");
    assert_eq!(differences(&a, &c, ""), ["changed a b nick 2 9"]);
    diff(&a, &b, "").exits(1).says(": 0 only in A, 1 only in B, 0 changed, 3 duplicate\n");
}

#[test]
fn rows_that_were_not_done_make_exports_different() {
    let text = "from,to,ok,outcome,code\na,b,true,done,\na,c,false,rejected,30003\na,d,false,unknown,\n";
    let a = file("not-done-a.csv", text);
    assert_eq!(differences(&a, &a, ""), ["not_done a c - rejected rejected", "not_done a d - unknown unknown"]);
    let b =
        file("not-done-b.csv", "from,to,ok,outcome,code\na,x,false,rejected,1\na,b,false,unknown,\na,c,true,done,\n");
    let expected = [
        "not_done a b - done unknown",
        "not_done a c - rejected done",
        "not_done a d - unknown -",
        "not_done a x - - rejected",
    ];
    assert_eq!(differences(&a, &b, ""), expected);
    diff(&a, &b, "").exits(1).says(": 0 only in A, 0 only in B, 0 changed, 4 not done\n");
}

#[test]
fn a_file_that_is_not_an_export_is_an_error_that_says_what_to_do() {
    let good = file("unusable-good.csv", "from,to,nick\na,b,x\n");
    for (name, text, problem) in [
        ("empty", "", "it is empty; give a file that --out"),
        ("blank", "\n \n", "it is empty; give a file that --out"),
        (
            "lines",
            "alice\nbob\n",
            "it is not an export, because it has neither the columns `from` and `to` nor `user`; give",
        ),
        ("keys", "{\"x\":1}\n", "it is not an export"),
        ("array", "[{\"from\":\"a\",\"to\":\"b\"}]", "it is a JSON array; run: jq"),
        ("objects", "{\n\"from\":\"a\"}", "it is JSON with an object over several lines; run: jq"),
        ("twice", "from,to,nick,nick\n", "it has two columns \"nick\"; rename"),
        ("fields", "from,to,nick\na,b,c\na,b\n", ", line 3: it has 2 columns, and the header has 3; write"),
        ("quote", "from,to,nick\na,b,\"x\na,c,y\n", ", line 2: a quote is not closed; write"),
        ("json", "{\"from\":\"a\",\"to\":\"b\"}\n\n{\"from\":\"a\",", ", line 3: it is not a JSON object"),
        ("value", "{\"from\":\"a\",\"to\":\"b\"}\n7\n", ", line 2: it is not a JSON object"),
        (
            "other-keys",
            "{\"from\":\"a\",\"to\":\"b\"}\n{\"from\":\"a\",\"to\":\"c\",\"x\":1}\n",
            ", line 2: the first row does not have the key \"x\"; give",
        ),
        ("user", "from,to\n,b\n", ", line 2: it does not name a user; write"),
        ("ok", "from,to,ok\na,b,true\nfrom,to,ok\n", ", line 3: `ok` is neither true nor false; write"),
        ("parquet", "PAR1....", "it is a Parquet file; save"),
    ] {
        let bad = file(&format!("unusable-{name}"), text);
        for (a, b) in [(&bad, &good), (&good, &bad)] {
            let run = diff(a, b, "").exits(2).says(problem).says(&format!("unusable-{name}"));
            assert_eq!(run.stdout, "", "{name}");
        }
    }
    let bytes = file("unusable-bytes", "");
    fs::write(&bytes, b"from,to\na,b\na,\xff\n").unwrap();
    diff(&good, &bytes, "").exits(2).says("unusable-bytes, line 3: it is not UTF-8; convert");
    fs::write(&bytes, b"\x1f\x8b\x08\0").unwrap();
    diff(&good, &bytes, "").exits(2).says("cannot read ");
    let long = file("unusable-long", &format!("from,to\na,{}\n", "x".repeat(2 << 20)));
    diff(&good, &long, "").exits(2).says("the row has more than 1 MiB; check");
    diff(&good, Path::new(env!("CARGO_TARGET_TMPDIR")), "").exits(2).says("it is a directory; give the name of a file");
    diff(&good, Path::new("missing.csv"), "").exits(2).says("cannot read missing.csv: ");
    diff(Path::new("-"), Path::new("-"), "").exits(2).says("only one export can be standard input; give");
    diff(&good, &good, "--json --output-format csv").exits(2).says("contradict each other");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_an_end_is_an_error() {
    let good = file("device.csv", "from,to\na,b\n");
    diff(&good, Path::new("/dev/zero"), "").exits(2).says("more than 1 MiB");
}

/// Exports the follows of the users of a file.
fn export(emulator: &Emulator, users: &Path, out: &Path) -> Run {
    run(tim_at(&emulator.base_url, "follow export --targets").arg(users).arg("--out").arg(out))
}

#[test]
fn exported_follows_are_added_to_another_app_and_are_equal_there() {
    let [old, new] = ["export-old", "export-new"].map(Emulator::start);
    [&old, &new].iter().for_each(|emulator| emulator.import(&["alice", "bob", "carol", "小明"]));
    for follow in ["alice bob carol 小明", "bob alice", "小明 carol"] {
        old.run(&format!("follow add {follow}")).exits(0);
    }
    let users = file("export-users.txt", "alice\nbob\ncarol\n小明\n");
    for ending in ["csv", "ndjson.gz"] {
        let [a, b] = ["old", "new"].map(|name| file(&format!("export-{name}.{ending}"), ""));
        export(&old, &users, &a).exits(0).says("4 users: 4 done");
        if ending == "csv" {
            export(&new, &users, &b).exits(0);
            diff(&a, &b, "").exits(1).says("5 only in A, 0 only in B");
        }
        run(tim_at(&new.base_url, "follow add --pairs").arg(&a)).exits(0).says("5 targets: 5 done");
        export(&new, &users, &b).exits(0);
        diff(&a, &b, "").exits(0).says("5 rows in A, 5 in B: 0 only in A");
    }
    // A nickname with line breaks is one value in both formats, also if it looks like a row.
    let nick = json!({"From_Account": "bob", "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "B,\ncarol,following,bob,true,done,,,,,,,,\n\"ob\""}]});
    for emulator in [&old, &new] {
        run(tim_at(&emulator.base_url, "call profile/portrait_set --body").arg(nick.to_string())).exits(0);
    }
    let [csv, ndjson] = ["csv", "ndjson"].map(|ending| file(&format!("export-nick.{ending}"), ""));
    export(&old, &users, &csv).exits(0);
    export(&old, &users, &ndjson).exits(0);
    diff(&csv, &ndjson, "").exits(0).says("5 rows in A, 5 in B");
    for exported in [&csv, &ndjson] {
        run(tim_at(&new.base_url, "follow add --pairs").arg(exported)).exits(0).says("5 targets: 5 done");
    }
    export(&new, &users, &csv).exits(0);
    diff(&csv, &ndjson, "").exits(0);
    diff(&csv, &file("export-old.csv", &fs::read_to_string(&csv).unwrap().replace("\"B,", "\"C,")), "")
        .exits(1)
        .says("1 changed");
    let list = old.run("follow list alice --kind following --json").exits(0).stdout;
    assert_eq!(old.run("follow export alice --json").exits(0).stdout, list);
    assert_eq!(old.run("follow export alice --json --limit 1").exits(0).objects().len(), 1);
}
