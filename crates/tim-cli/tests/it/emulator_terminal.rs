//! What `tim emulator` prints, and how a shell uses it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Emulator, KEY, Run, file, run, tim};

const TIM: &str = env!("CARGO_BIN_EXE_tim");

fn temporary(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a script with `sh`, without settings from the environment. Each `tim` in it is the program.
#[cfg(unix)]
fn sh(script: &str) -> Run {
    let mut command = tim("");
    let mut shell = Command::new("sh");
    shell.arg("-euc").arg(script.replace("tim ", &format!("{TIM} ")));
    for (name, value) in command.envs(None::<(&str, &str)>).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    run(&mut shell)
}

/// Starts an emulator with [`KEY`] whose messages go to a file.
fn spawn(args: &str, name: &str) -> (Emulator, PathBuf) {
    let (key_file, messages) = (file(&format!("{name}.key"), KEY), temporary(&format!("{name}.stderr")));
    let mut command = tim(args);
    command.arg("--secret-key-file").arg(key_file);
    let stderr = File::create(&messages).unwrap();
    (Emulator::spawn_with(&mut command, stderr), messages)
}

/// Ends it, so that all its messages are in the file, and returns them.
#[cfg(unix)]
fn messages_of(emulator: &mut Emulator, file: &Path) -> String {
    emulator.end_with("-TERM");
    fs::read_to_string(file).unwrap()
}

#[cfg(unix)]
#[test]
fn a_shell_evaluates_the_assignments_while_the_emulator_runs() {
    let script = r#"
        export TIM_REGION=singapore TIM_SECRET_KEY_FILE=/nowhere TIM_ROOT_CERTIFICATE=/nowhere
        eval "$(tim emulator --env --quiet --demo-data --admin "it's a" --admin b &)"
        tim follow check alice bob --json
        echo "$TIM_ADMIN"
        kill "$TIM_EMULATOR_PID""#;
    let run = sh(script).exits(0);
    assert!(run.stdout.contains(r#""relation":"mutual""#) && run.stdout.ends_with("it's a\n"), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn assignments_replace_the_first_line() {
    let (reader, writer) = std::io::pipe().unwrap();
    let key_file = file("assignments.key", KEY);
    let mut command = tim("emulator --tls --env=fish --secret-key-file");
    let mut child = command.arg(&key_file).stdout(writer).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(command);
    // The end of the file comes while the emulator still runs.
    let lines = std::io::read_to_string(reader).unwrap();
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.starts_with("set -gx TIM_BASE_URL https://127.0.0.1:"), "{lines}");
    for line in ["set -gx TIM_ROOT_CERTIFICATE ", "set -gx TIM_SECRET_KEY_FILE ", "set -e TIM_SECRET_KEY\n"] {
        assert!(lines.contains(line), "{lines}");
    }
    assert!(lines.ends_with(&format!("set -g TIM_EMULATOR_PID {}\n", child.id())) && !lines.contains(KEY), "{lines}");
    run(&mut tim("emulator --env=tcsh")).exits(2).says("fish");
}

#[cfg(unix)]
#[test]
fn the_commands_that_it_prints_work_when_they_are_pasted() {
    if Command::new("curl").arg("--version").output().is_err() {
        // One of the commands is curl's.
        return;
    }
    let (mut emulator, messages) = spawn("emulator --tls", "pasted");
    // They are printed after the first line.
    let commands = loop {
        let messages = fs::read_to_string(&messages).unwrap();
        if messages.contains("  tim follow add") {
            break messages.lines().filter_map(|line| line.strip_prefix("  ")).collect::<Vec<_>>().join("\n");
        }
        std::thread::yield_now();
    };
    let run = sh(&commands).exits(0);
    assert!(run.stdout.contains("bob"), "{}", run.stdout);
    assert!(messages_of(&mut emulator, &messages).contains("There are no users yet"));
}

#[cfg(unix)]
#[test]
fn demo_data_is_added_to_an_empty_state_only() {
    let data = temporary("demo.db");
    let _ = fs::remove_file(&data);
    for message in ["the users of the demo data are alice, bob", "the demo data is not added"] {
        let args = format!("emulator --demo-data --admin one --admin two --data {}", data.display());
        let (mut emulator, messages) = spawn(&args, "demo-data");
        let checked = emulator.run("follow check alice bob --admin two --json").exits(0);
        assert_eq!(checked.objects()[0]["relation"], "mutual");
        let messages = messages_of(&mut emulator, &messages);
        assert!(messages.contains(message) && !messages.contains("no users yet"), "{messages}");
    }
    run(&mut tim("emulator --demo-data --import follows.csv")).exits(2).says("--import");
}

#[cfg(unix)]
#[test]
fn a_new_key_is_not_in_messages_that_go_to_a_file() {
    let file = temporary("new-key.stderr");
    let mut emulator = Emulator::spawn_with(&mut tim("emulator --demo-data"), File::create(&file).unwrap());
    let key = emulator.started["secret_key"].as_str().unwrap().to_owned();
    let messages = messages_of(&mut emulator, &file);
    assert!(messages.contains("set TIM_SECRET_KEY") && !messages.contains(&key), "{messages}");
}

/// Whether this process ignores SIGHUP.
#[cfg(target_os = "linux")]
fn ignores_hangup(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 == 1
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_its_terminal_ends_it_in_order() {
    // If the tests run under `nohup`, the emulator ignores the signal too.
    if ignores_hangup("self") {
        return;
    }
    let export = temporary("hangup.ndjson");
    let _ = fs::remove_file(&export);
    let (mut emulator, _) = spawn(&format!("emulator --export-on-exit {}", export.display()), "hangup");
    emulator.import(&["alice"]);
    emulator.end_with("-HUP");
    assert!(fs::read_to_string(&export).unwrap().contains(r#"{"account":{"user":"alice"#));
}

#[cfg(target_os = "linux")]
#[test]
fn nohup_keeps_it_running() {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("trap '' HUP; exec {TIM} emulator"));
    let emulator = Emulator::spawn(&mut command);
    assert!(ignores_hangup(&emulator.child.id().to_string()));
}

/// Starts an emulator with a pipe as its standard input, of which it reads something.
fn with_pipe(args: &str) -> (Emulator, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut command = tim(args);
    let emulator = Emulator::spawn(command.stdin(reader));
    writer.write_all(b"input is ignored\n").unwrap();
    (emulator, writer)
}

#[test]
fn the_end_of_standard_input_ends_it_in_order_if_that_is_wanted() {
    let export = temporary("stdin.ndjson");
    let _ = fs::remove_file(&export);
    let (mut emulator, writer) =
        with_pipe(&format!("emulator --until-stdin-closes --export-on-exit {}", export.display()));
    assert!(emulator.child.try_wait().unwrap().is_none());
    drop(writer);
    assert_eq!(emulator.child.wait().unwrap().code(), Some(0));
    assert!(fs::read_to_string(&export).unwrap().contains(r#"{"account":{"user":"administrator"#));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_while_standard_input_is_open() {
    let (mut emulator, _writer) = with_pipe("emulator --until-stdin-closes");
    emulator.end_with("-TERM");
}

#[test]
fn the_end_of_standard_input_is_ignored_otherwise() {
    let (mut emulator, writer) = with_pipe("emulator");
    drop(writer);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(emulator.child.try_wait().unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn each_call_is_a_line_if_that_is_wanted() {
    let fault = r#"{"item_code":30001,"command":"follow_add","target":"bob"}"#;
    let (mut emulator, messages) = spawn(&format!("emulator -v --demo-data --fault {fault}"), "verbose");
    emulator.run("follow add erin bob").exits(1);
    emulator.run("follow add frank alice bob carol").exits(1);
    let escape = "call follow/follow_check --body";
    let body = "{\"From_Account\":\"\\u001b[2J\",\"To_Account\":[\"alice\"],\"CheckType\":\"CheckResult_Type_Both\"}";
    run(crate::program::tim_at(&emulator.base_url, escape).arg(body));
    let messages = messages_of(&mut emulator, &messages);
    let calls: Vec<_> = messages.lines().filter(|line| line.contains(" follow_")).collect();
    let has = |index: usize, texts: &[&str]| {
        assert!(texts.iter().all(|text| calls[index].contains(text)), "{}", calls[index]);
    };
    has(0, &[" follow_add erin -> bob: code 0, 1 item failed (30001), ", " ms, fault 1"]);
    has(1, &[" follow_add frank -> 3 targets: code 0, 1 item failed (30001), "]);
    has(2, &[" follow_check \\u{1b}[2J -> alice: code 3000"]);
    assert!(!messages.contains('\u{1b}') && !messages.contains("usersig"), "{messages}");
}
