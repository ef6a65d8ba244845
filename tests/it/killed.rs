//! After a process is killed in the middle of a batch, another one resumes from the last outcome
//! that was printed.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use tim_emulator::Emulator;
use tim_follow::{Client, Config, follow};

const TARGETS: usize = 2000;

fn start(emulator: &Emulator, calls_per_second: u32, first: usize) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batch-worker"));
    command.args([emulator.base_url(), &calls_per_second.to_string(), &first.to_string(), &TARGETS.to_string()]);
    command.env("KEY", emulator.secret_key().expose()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

#[tokio::test]
async fn a_killed_batch_can_be_resumed_without_missing_a_target() {
    let emulator = Emulator::builder().start().await.unwrap();
    let key = emulator.secret_key().clone();
    let config = Config::new(emulator.sdkappid(), emulator.admin(), key).base_url(emulator.base_url());
    let client = Client::new(config).unwrap();
    let users: Vec<String> = (0..TARGETS).map(|number| format!(r#""u{number}""#)).collect();
    for users in users.chunks(99) {
        let body = format!(r#"{{"Accounts":["alice",{}]}}"#, users.join(","));
        assert!(client.call("im_open_login_svc", "multiaccount_import", &body).await.unwrap().envelope.is_ok());
    }

    // 20 calls are sent at once, and no other within a second, so most targets are left when the
    // process is killed.
    let (mut child, lines) = start(&emulator, 20, 0);
    let mut printed: Vec<String> = lines.take(300).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, lines) = start(&emulator, 200, printed.len());
    printed.extend(lines.map(Result::unwrap));
    assert!(child.wait().unwrap().success());

    let all: Vec<String> = (0..TARGETS).map(|number| format!("u{number} done")).collect();
    assert_eq!(printed, all, "each target once, in order");
    let counts = client.send(follow::Counts::new("alice", ["alice"])).await.unwrap();
    assert_eq!(counts.items[0].result().unwrap().following, TARGETS as u64);
}
