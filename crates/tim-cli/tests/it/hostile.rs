//! No text from outside controls the terminal, and no output has a UserSig: every command against a
//! hostile server, with hostile words and files, on a terminal and on pipes.

mod cases;
mod server;
mod terminal;

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::{fs, thread};

use self::cases::{Case, HOSTILE_USER};
use self::server::{HOSTILE, Mode, Server};
use self::terminal::OnTerminal;
use crate::program::{KEY, commands, file, tim, tim_at};

/// Where the outputs of a run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Terminal,
    TerminalAsCsv,
    Table,
    Csv,
    Ndjson,
}

impl To {
    const ALL: [Self; 5] = [Self::Terminal, Self::TerminalAsCsv, Self::Table, Self::Csv, Self::Ndjson];

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Terminal | Self::Table => &[],
            Self::TerminalAsCsv | Self::Csv => &["--output-format", "csv"],
            Self::Ndjson => &["--json", "-vv"],
        }
    }

    fn suits(self, case: &Case) -> bool {
        case.has_formats() || !matches!(self, Self::TerminalAsCsv | Self::Csv)
    }
}

/// Runs `command` and checks what it prints. Returns all of it.
fn check(
    mut command: Command,
    to: To,
    is_raw: bool,
    secrets: impl FnOnce() -> Vec<String>,
    ndjson: Option<&OsStr>,
) -> String {
    let mut text = String::new();
    if matches!(to, To::Terminal | To::TerminalAsCsv) {
        text = OnTerminal::spawn(command.env("TERM", "xterm-256color")).finish();
        is_harmless(&text, &command, to);
    } else {
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        is_harmless(&stderr, &command, to);
        // Pipes get the data as it is.
        if to != To::Csv && !is_raw {
            is_harmless(&stdout, &command, to);
        }
        text = text + &stdout + &stderr;
    }
    if let Some(file) = ndjson.and_then(|path| fs::read_to_string(path).ok()) {
        if !matches!(to, To::TerminalAsCsv | To::Csv) {
            is_harmless(&file, &command, to);
        }
        text.push_str(&file);
    }
    for secret in secrets().iter().map(String::as_str).chain([KEY]) {
        assert!(!text.contains(secret), "{command:?} {to:?} shows {secret}: {text}");
    }
    assert!(!text.contains("panicked"), "{command:?}: {text}");
    text
}

/// Checks that `text` has no control character except LF, none that changes the direction of text,
/// and no forged line.
#[track_caller]
fn is_harmless(text: &str, command: &Command, to: To) {
    let changes_direction =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_bad =
        |c: char| c != '\n' && (c.is_control() || changes_direction(c) || matches!(c, '\u{2028}' | '\u{2029}'));
    let text = without_styles(text);
    let bad = text.lines().find(|line| line.contains(is_bad) || line.starts_with("FORG"));
    assert!(bad.is_none(), "{command:?} {to:?} prints {bad:?} in {text:?}");
}

/// Without the colours and weights that clap gives to its messages, and without the sequence that
/// clears the line of a progress. No hostile text has them.
fn without_styles(text: &str) -> String {
    let text = text.replace("\r\u{1b}[2K", "");
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((style, rest)) if style.chars().all(|c| c.is_ascii_digit() || c == ';') => plain.push_str(rest),
            _ => plain = plain + "\u{1b}[" + part,
        }
    }
    plain
}

/// Does `work` for all items on several threads, because most of the time is waits between
/// attempts.
fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while items.get(next.fetch_add(1, Ordering::Relaxed)).is_some_and(|item| {
                    work(item);
                    true
                }) {}
            });
        }
    });
}

/// A number for the files of each run.
fn next_run() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn every_command_has_a_case() {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| [cases::calls(), cases::local()].concat());
    for name in commands() {
        assert!(CASES.iter().any(|case| case.is_of(&name)), "add a case of `tim {name}` to hostile/cases.rs");
    }
}

/// Checks all calls against servers of these modes.
fn check_calls(modes: &[Mode], outputs: &[To]) {
    // Calls that are retried for a minute get another response to the second attempt.
    let servers: Vec<_> =
        modes.iter().map(|mode| [*mode, Mode::CallRejected].map(|then| Server::start(*mode, then))).collect();
    let escaped = Mutex::new(0);
    let cases = cases::calls();
    let runs =
        cases.iter().flat_map(|case| outputs.iter().map(move |to| (case, *to))).filter(|(case, to)| to.suits(case));
    let runs: Vec<_> = runs.flat_map(|(case, to)| servers.iter().map(move |servers| (case, to, servers))).collect();
    in_parallel(&runs, |(case, to, servers)| {
        let (words, ndjson) = case.with_new_files(next_run());
        let server = &servers[usize::from(case.is_patient())];
        let mut command = tim_at(&server.base_url, "");
        command.args(words).args(to.flags());
        let is_raw = case.is_of("call") && *to == To::Table;
        let text = check(command, *to, is_raw, || server.usersigs(), ndjson.as_ref().map(|path| path.as_os_str()));
        if text.contains("u{1b}") || text.contains("u001b") || text.contains("u{202e}") {
            *escaped.lock().unwrap() += 1;
        }
    });
    // The texts did arrive: otherwise this would check nothing.
    assert!(servers.iter().flatten().all(|server| !server.usersigs().is_empty()));
    let escaped = escaped.into_inner().unwrap();
    assert!(escaped > runs.len() / 4, "{modes:?}: {escaped} of {} outputs have an escaped character", runs.len());
}

#[test]
fn successful_calls_are_harmless() {
    check_calls(&[Mode::Success], &To::ALL);
}

#[test]
fn rejected_items_are_harmless() {
    check_calls(&[Mode::ItemsRejected], &To::ALL);
}

#[test]
fn rejected_calls_are_harmless() {
    check_calls(&[Mode::CallRejected], &To::ALL);
}

#[test]
fn responses_that_are_not_of_the_service_are_harmless() {
    check_calls(
        &[Mode::NotJson, Mode::Status500, Mode::BrokenBody, Mode::Redirect, Mode::BadHead],
        &[To::Terminal, To::Ndjson],
    );
}

#[test]
fn words_files_and_profiles_are_harmless() {
    let cases = cases::local();
    let runs: Vec<_> = cases.iter().flat_map(|case| To::ALL.map(|to| (case, to))).collect();
    in_parallel(&runs, |(case, to)| {
        if to.suits(case) {
            let (words, _) = case.with_new_files(next_run());
            let mut command = tim_at("http://127.0.0.1:1", "");
            command.args(words).args(to.flags());
            let is_raw = *to == To::Table && ["config path", "config init"].iter().any(|name| case.is_of(name));
            let _ = check(command, *to, is_raw, Vec::new, None);
        }
    });
}

#[test]
fn variables_are_harmless() {
    let names = ["TIM_SDKAPPID", "TIM_ADMIN", "TIM_SECRET_KEY_FILE", "TIM_REGION", "TIM_BASE_URL", "TIM_PROFILE"];
    let names = [&names[..], &["TIM_CONFIG", "TIM_ROOT_CERTIFICATE"]].concat();
    for name in names {
        for line in ["config show", "doctor", "follow check a b", "usersig sign --user a"] {
            for to in [To::Terminal, To::Table, To::Ndjson] {
                let mut command = tim(line);
                command.env("TIM_SDKAPPID", "1").env("TIM_SECRET_KEY", KEY).env(name, HOSTILE).args(to.flags());
                if name == "TIM_SECRET_KEY_FILE" {
                    command.env_remove("TIM_SECRET_KEY");
                }
                let _ = check(command, to, false, Vec::new, None);
            }
        }
    }
}

#[test]
fn the_messages_of_the_emulator_are_harmless() {
    let key = file("hostile\u{1b}[2J\n\u{9b}\u{202e}FORGED.key", KEY);
    for flags in [&["-vv"][..], &["--env"]] {
        let mut command = tim("emulator --secret-key-file");
        command.arg(&key).arg("--admin").arg(HOSTILE_USER).args(flags);
        let mut emulator = OnTerminal::spawn(&mut command);
        emulator.wait_for("to stop it");
        let _ = Command::new("kill").arg(emulator.child.id().to_string()).stdin(Stdio::null()).status();
        let text = emulator.finish();
        is_harmless(&text, &command, To::Terminal);
        assert!(text.contains("u{1b}") || text.contains("u001b"), "{text}");
    }
}
