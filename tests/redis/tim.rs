//! Processes of the command `tim` share one limit.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tim_emulator::Emulator;

use crate::processes::LIMIT;
use crate::server::Redis;

const PROCESSES: usize = 4;
const CALLS: usize = 300;
const PASSWORD: &str = "hunter2";

/// `cargo xtask redis` builds it.
fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_redis-worker")).with_file_name("tim");
    assert!(path.exists(), "run `cargo build -p tim-cli` first");
    path
}

/// The limiter counts calls when they are sent, with a margin of 9 ms. A process without
/// optimization that opens connections, or on a busy machine, delays calls for longer, so fewer
/// milliseconds than a second are checked there.
const WINDOW_MS: u64 = if cfg!(debug_assertions) { 900 } else { 1000 };

/// A service without a limit, which records when calls arrive.
fn emulator() -> Emulator {
    let emulator = Emulator::builder().recorded_calls(10 * CALLS).start_blocking().unwrap();
    let users: String = (0..PROCESSES * CALLS).map(|user| format!("u{user}\n")).collect();
    emulator.state().import(format!("user\n{users}").as_bytes()).unwrap();
    emulator
}

/// A directory of this test, removed when dropped.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tim-redis-program-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A file of pairs that need one call each, because the users in `From_Account` differ.
    fn pairs(&self, number: usize) -> PathBuf {
        let users = number * CALLS..(number + 1) * CALLS;
        let lines: String = users.map(|user| format!("u{user},u0\n")).collect();
        self.file(&format!("{number}.csv"), &lines)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `tim follow check` with the targets of a file and all settings but the rate limit.
fn check(emulator: &Emulator, pairs: &Path) -> Command {
    let mut command = Command::new(program());
    command.args(["follow", "check", "--json", "--pairs"]).arg(pairs);
    for name in ["TIM_CONFIG", "TIM_PROFILE", "TIM_REGION", "TIM_RATE_LIMIT", "TIM_ROOT_CERTIFICATE", "HOME"] {
        command.env_remove(name);
    }
    command
        .env("TIM_BASE_URL", emulator.base_url())
        .env("TIM_SDKAPPID", emulator.sdkappid().to_string())
        .env("TIM_ADMIN", emulator.admin())
        .env("TIM_SECRET_KEY", emulator.secret_key().expose())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn four_programs_stay_within_one_limit_and_use_it() {
    let (redis, emulator) = (Redis::start("program"), emulator());
    let dir = Dir::new("limit");
    let config = dir.file("config.toml", &format!("default = 'a'\n[profile.a]\nrate_limit = '{}'\n", redis.url()));
    let children: Vec<Child> = (0..PROCESSES)
        .map(|number| {
            let mut command = check(&emulator, &dir.pairs(number));
            // The URL can be in an argument, in a variable and in a profile.
            match number % 3 {
                0 => command.args(["--rate-limit", &redis.url()]),
                1 => command.env("TIM_RATE_LIMIT", redis.url()),
                _ => command.env("TIM_CONFIG", &config),
            };
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = end(child);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), CALLS);
    }
    let calls = emulator.calls();
    let mut at: Vec<u64> = calls.iter().map(|call| call.at_ms).collect();
    at.sort_unstable();
    let within = |first: usize| at[first..].iter().take_while(|ms| **ms < at[first] + WINDOW_MS).count();
    let most = (0..at.len()).map(within).max().unwrap();
    let a_second = (at.len() - 1) as f64 * 1000.0 / (at[at.len() - 1] - at[0]) as f64;
    assert!(most <= LIMIT, "{most} calls in {WINDOW_MS} ms");
    let codes: Vec<_> = calls.iter().filter_map(|call| call.code).filter(|code| *code != 0).collect();
    assert_eq!((codes, calls.len()), (Vec::new(), PROCESSES * CALLS), "each call was sent once");
    assert!(a_second >= 0.95 * LIMIT as f64, "{a_second} calls a second");
}

#[test]
fn without_redis_the_program_stops_or_sends_its_share() {
    let (mut redis, emulator) = (Redis::start("program-away"), emulator());
    redis.kill();
    let dir = Dir::new("away");
    let pairs = dir.pairs(0);
    let with =
        |args: &[&str]| end(check(&emulator, &pairs).args(["--rate-limit", &redis.url()]).args(args).spawn().unwrap());
    for args in [["--without-redis", "stop"], ["--timeout", "2s"]] {
        let output = with(&args);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output));
        assert!(text(&output).contains("Redis"), "{}", text(&output));
        assert_eq!(emulator.calls().len(), 0);
    }
    let output = with(&["--without-redis", "100"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let calls = emulator.calls();
    let time = calls[CALLS - 1].at_ms.abs_diff(calls[0].at_ms);
    assert!(calls.len() == CALLS && time >= 1900, "{} calls in {time} ms", calls.len());
}

#[test]
fn a_password_is_used_and_not_shown() {
    let (redis, emulator) =
        (Redis::start_with("program-password", &format!("--requirepass {PASSWORD}"), &[]), emulator());
    let dir = Dir::new("password");
    let pairs = dir.pairs(0);
    let url = format!("{}?pass={PASSWORD}", redis.url());
    let output = end(check(&emulator, &pairs).env("TIM_RATE_LIMIT", &url).arg("-vv").spawn().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains(PASSWORD));
    let wrong =
        end(check(&emulator, &pairs).args(["--rate-limit", &redis.url(), "--without-redis", "stop"]).spawn().unwrap());
    assert_eq!(wrong.status.code(), Some(3), "{}", text(&wrong));
}
