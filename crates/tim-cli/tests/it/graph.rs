//! `tim follow graph`: from follows in an emulator to a file.

use std::fs;
use std::path::PathBuf;

use crate::program::{Emulator, file, run, tim_at};

/// alice and bob are mutual, carol follows alice, bob follows dave, and dave follows erin.
fn world(name: &str) -> Emulator {
    let emulator = Emulator::start(name);
    let accounts = r#"{"AccountList":[{"UserID":"alice"},{"UserID":"bob","Nick":"<script>小明\""},{"UserID":"carol"},
        {"UserID":"dave"},{"UserID":"erin"}]}"#;
    let mut import = tim_at(&emulator.base_url, "call im_open_login_svc/multiaccount_import --body");
    run(import.arg(accounts)).exits(0);
    for follow in ["alice bob", "bob alice", "carol alice", "bob dave", "dave erin"] {
        emulator.run(&format!("follow add {follow}")).exits(0);
    }
    emulator
}

fn picture(name: &str) -> (PathBuf, String) {
    let path = file(name, "");
    let shown = path.display().to_string();
    (path, shown)
}

#[test]
fn each_format_holds_users_and_follows() {
    let emulator = world("graph");
    for (ending, user, mutual) in [
        ("svg", "data-user=\"", "<line class=\"mutual\" data"),
        ("html", "data-user=\"", "<line class=\"mutual\" data"),
        ("dot", "[label=\"\"", "dir=both"),
    ] {
        let (path, out) = picture(&format!("graph.{ending}"));
        let row = emulator.run(&format!("follow graph alice --depth 2 --out {out} --json")).exits(0).objects();
        assert_eq!(row[0]["users"], 4, "{row:?}");
        assert_eq!(row[0]["follows"], 4);
        assert_eq!(row[0]["mutual"], 1);
        assert_eq!(row[0]["complete"], true);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(user).count(), 4, "{text}");
        assert_eq!(text.matches(mutual).count(), 1, "{text}");
        assert!(text.contains("alice: 2 followers, 1 following, 1 mutual") && !text.contains("erin"), "{text}");
        assert!(!text.contains("<script>小明") || ending == "dot", "{text}");
        // The same again.
        emulator.run(&format!("follow graph alice --depth 2 --out {out}")).exits(0);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn depth_direction_and_number_bound_the_picture() {
    let emulator = world("graph-bounds");
    let (_, out) = picture("bounds.dot");
    let users = |args: &str| {
        let run = emulator.run(&format!("follow graph {args} --out {out} --json")).exits(0);
        (run.objects()[0]["users"].as_u64().unwrap(), run.stderr)
    };
    assert_eq!(users("alice --depth 0").0, 1);
    assert_eq!(users("alice").0, 3);
    assert_eq!(users("alice --direction following").0, 2);
    assert_eq!(users("alice --direction followers --depth 3").0, 3);
    assert_eq!(users("alice --direction following --depth 3").0, 4);
    assert_eq!(users("carol erin --depth 1").0, 4);
    let (number, note) = users("alice --depth 3 --max-users 2");
    assert!(number == 2 && note.contains("only the first 2 users"), "{note}");
    assert!(users("alice --depth 9 --max-users 5").1.is_empty());
}

#[test]
fn what_cannot_be_read_or_written_is_reported() {
    let emulator = world("graph-faults");
    let (path, out) = picture("faults.svg");
    emulator.run(&format!("follow graph alice nobody --out {out}")).exits(1).says("nobody: ").says("30003");
    assert!(fs::read_to_string(path).unwrap().contains(">nobody<"));
    emulator.run("follow graph alice --out /no/such/directory/a.svg").exits(2).says("cannot write");
    emulator.run("follow graph alice --out a.png").exits(2).says(".svg, .html or .dot");
    emulator.run("follow graph alice").exits(2).says("--out");
    run(&mut tim_at("http://127.0.0.1:1", &format!("follow graph alice --out {out}"))).exits(3);
}
