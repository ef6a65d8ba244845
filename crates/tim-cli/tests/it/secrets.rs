//! The key stands in no output of any command, however much it is asked to say, and in no argument of a process.

use std::net::TcpListener;
use std::process::Stdio;

use crate::program::{Emulator, KEY, commands, file, run, tim, tim_at};

/// How each command is run here; `emulator` runs in the others.
const LINES: &[&str] = &[
    "call follow/follow_check --body {\"From_Account\":\"administrator\",\"To_Account\":[\"administrator\"]}",
    "completions bash",
    "config init --config {dir}/secrets-init.toml",
    "config path",
    "config show",
    "demo",
    "doctor",
    "error 70009",
    "follow add administrator nobody",
    "follow check administrator nobody",
    "follow counts administrator",
    "follow delete administrator nobody",
    "follow graph administrator --out {dir}/secrets.svg",
    "follow list administrator --kind followers",
    "follow sync administrator --from {dir}/secrets-sync.txt --yes",
    "friend check administrator nobody",
    "man follow",
    "schema follow check",
    "usersig explain abc --code 70009",
    "usersig inspect abc",
    "usersig sign --user alice",
    "usersig verify abc",
];

fn line(line: &str) -> String {
    line.replace("{dir}", env!("CARGO_TARGET_TMPDIR"))
}

#[test]
fn each_command_is_run_here() {
    for name in commands() {
        let known = name == "emulator" || LINES.iter().any(|line| line.starts_with(&name));
        assert!(known, "say in LINES how `tim {name}` is run");
    }
}

/// `run` looks for the key in both outputs.
#[test]
fn no_command_shows_the_key() {
    let emulator = Emulator::start("secrets");
    file("secrets-sync.txt", "nobody\n");
    for command in LINES {
        for (at, json) in [(emulator.base_url.as_str(), ""), (&emulator.base_url, "--json"), ("no url", "")] {
            let _ = std::fs::remove_file(line("{dir}/secrets-init.toml"));
            run(&mut tim_at(at, &format!("-vv {json} {}", line(command))));
        }
    }
    // A host that cannot be reached is tried again and again, so one command will do.
    run(&mut tim_at("http://127.0.0.1:1", "follow check alice bob -vv")).exits(3);
}

/// A key in the wrong place is not repeated either.
#[test]
fn a_key_where_something_else_belongs_is_not_shown() {
    let config = file("secrets.toml", &format!("[profile.{KEY}]\nsdkappid = '{KEY}'\nadmin = [ {KEY}\n"));
    run(tim("doctor -vv").env("TIM_CONFIG", config)).exits(1);
    let command = format!("[profile.a]\nkey_command = ['printf', '{KEY}\\n{KEY}']\nsdkappid = 1\n");
    let config = file("secrets-command.toml", &command);
    for args in ["doctor -vv", "config show -vv", "usersig sign --user alice -vv"] {
        run(tim(args).env("TIM_CONFIG", &config).env("TIM_PROFILE", "a"));
    }
    let key_file = file("secrets-lines.key", &format!("{KEY}\n{KEY}\n"));
    for args in ["doctor -vv", "follow check a b -vv"] {
        run(tim_at("http://127.0.0.1:1", args).arg("--secret-key-file").arg(&key_file));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_runs_shows_no_key() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    let key_file = file("secrets-ps.key", KEY);
    let mut command = tim_at(&base_url, "follow check alice bob --secret-key-file");
    let mut child = command.arg(key_file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It waits for an answer by now.
    let connection = silent.accept().unwrap();
    let line = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(connection);
    assert!(line.contains("follow") && !line.contains(KEY) && !line.contains("usersig"), "{line}");
}
