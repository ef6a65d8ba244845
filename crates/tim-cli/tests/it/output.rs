//! What happens when an output is closed or full, and what CSV holds.

use std::process::Command;

use crate::program::{Emulator, Run, run, tim, tim_at};

/// A pipe whose reader is gone.
fn broken_pipe() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

/// Runs a command whose standard output breaks.
fn run_without_stdout(command: &mut Command) -> Run {
    run(command.stdout(broken_pipe()))
}

#[test]
fn a_command_that_only_reads_ends_quietly_if_its_pipe_is_closed() {
    let emulator = Emulator::start("broken-stdout");
    emulator.import(&["alice", "bob"]);
    let users = crate::program::file("broken-stdout.txt", "bob\n");
    let users = users.display();
    for args in [
        "follow check alice bob".to_owned(),
        "follow check alice bob --json".to_owned(),
        "follow counts alice bob --json".to_owned(),
        format!("follow sync alice --from {users} --plan --quiet"),
        "call follow/follow_check --body {\"From_Account\":\"alice\",\"To_Account\":[\"bob\"]}".to_owned(),
        "follow add alice bob --dry-run --quiet".to_owned(),
        "error --list".to_owned(),
        "--help".to_owned(),
        "--version".to_owned(),
        "completions bash".to_owned(),
        "config show".to_owned(),
    ] {
        let run = run_without_stdout(&mut tim_at(&emulator.base_url, &args)).exits(0);
        assert!(run.stderr.is_empty() || args.contains("--quiet"), "{args}: {}", run.stderr);
    }
}

#[test]
fn a_command_that_changes_data_fails_if_its_pipe_is_closed() {
    let emulator = Emulator::start("broken-stdout-changes");
    emulator.import(&["alice", "bob"]);
    let users = crate::program::file("broken-stdout-changes.txt", "bob\n");
    for args in [
        "follow add alice bob --quiet".to_owned(),
        "follow delete alice bob --json".to_owned(),
        format!("follow sync alice --from {}", users.display()),
        "call follow/follow_add --body {\"From_Account\":\"alice\",\"FollowItem\":[{\"To_Account\":\"bob\"}]}"
            .to_owned(),
        "call some_svc/some_command --body {}".to_owned(),
    ] {
        let run = run_without_stdout(&mut tim_at(&emulator.base_url, &args)).exits(2);
        if args.starts_with("follow") {
            assert!(run.stderr.contains(" 1 done"), "{args}: {}", run.stderr);
        }
        run.says("cannot write the output").says(if args.contains("sync") { "--plan" } else { "tim follow check" });
    }
}

#[test]
fn a_broken_standard_error_fails_only_a_command_that_changes_data() {
    let emulator = Emulator::start("broken-stderr");
    emulator.import(&["alice", "bob"]);
    for (args, code) in [
        ("nonsense", 2),
        ("follow check alice", 2),
        ("man nonsense", 2),
        ("config show --config /nowhere", 2),
        ("error 1", 1),
        ("follow check alice bob -vv", 0),
        // Without messages, nobody knows what a command changed.
        ("follow add alice bob -vv --json", 2),
        ("follow add alice nobody -vv --json", 2),
    ] {
        run(tim_at(&emulator.base_url, args).stderr(broken_pipe())).exits(code);
    }
    let out = crate::program::file("broken-stderr.csv", "");
    let args = format!("follow add alice bob -vv --out {}", out.display());
    let run = run(tim_at(&emulator.base_url, &args).stderr(broken_pipe())).exits(2);
    assert_eq!(run.stdout, "tim: standard error is broken; 1 target: 1 done, 0 rejected, 0 not attempted, 0 unknown\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let emulator = Emulator::start("full");
    emulator.import(&["alice", "bob"]);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [
        "--help",
        "follow list --help",
        "--version",
        "man",
        "completions zsh",
        "error --list --json",
        "config show",
        "follow check alice bob",
        "follow add alice bob --json",
    ] {
        let run = run(tim_at(&emulator.base_url, args).stdout(full()));
        run.exits(2).says("tim: cannot write the output: No space left on device");
    }
    run(tim("nonsense").stderr(full())).exits(2);
    // A command that changes data says how to find out what was done.
    let body = r#"{"From_Account":"alice","FollowItem":[{"To_Account":"bob"}]}"#;
    let mut call = tim_at(&emulator.base_url, "call follow/follow_add --body");
    run(call.arg(body).stdout(full())).exits(2).says("calls may have been sent before the output broke");
}

#[test]
fn csv_is_safe_for_spreadsheets_if_that_is_wanted() {
    let emulator = Emulator::start("csv-safe");
    emulator.import(&["alice"]);
    let check =
        |flags: &str| emulator.run(&format!("follow check alice =1+1 --output-format csv {flags}")).exits(1).stdout;
    let (plain, safe) = (check(""), check("--csv-safe"));
    assert!(plain.contains("\nalice,=1+1,false,") || plain.contains("\n=1+1,false,"), "{plain}");
    assert!(safe.contains("'=1+1,false,"), "{safe}");
    assert_eq!(safe.replace("'=", "="), plain);
}
