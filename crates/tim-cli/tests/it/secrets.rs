//! No output of any command contains the key, however much it is asked to say, and in no argument
//! of a process.

use std::net::TcpListener;
use std::process::Stdio;

use crate::program::{Emulator, KEY, commands, file, run, tim, tim_at};

/// How each command is run here; `emulator` runs in the others.
const LINES: &[&str] = &[
    "account check administrator nobody",
    "account delete nobody --yes",
    "account import nobody",
    "account kick nobody",
    "account status nobody",
    "call follow/follow_check --body {\"From_Account\":\"administrator\",\"To_Account\":[\"administrator\"]}",
    "completions bash",
    "config init --config {dir}/secrets-init.toml",
    "config list",
    "config path",
    "config set admin ann --profile a --config {dir}/secrets-set.toml",
    "config show",
    "config use a --config {dir}/secrets-set.toml",
    "demo",
    "diff {dir}/secrets-diff.csv {dir}/secrets-diff.csv",
    "doctor",
    "error 70009",
    "follow add administrator nobody",
    "follow check administrator nobody",
    "follow counts administrator",
    "follow delete administrator nobody",
    "follow export administrator",
    "follow graph administrator --out {dir}/secrets.svg",
    "follow list administrator --kind followers",
    "follow sync administrator --from {dir}/secrets-sync.txt --yes",
    "friend add administrator nobody",
    "friend import administrator nobody",
    "friend update administrator nobody --remark a",
    "friend delete administrator nobody",
    "friend clear administrator --yes",
    "friend list administrator",
    "friend get administrator nobody",
    "friend check administrator nobody",
    "block add administrator nobody",
    "block delete administrator nobody",
    "block list administrator",
    "block check administrator nobody",
    "friend-group add administrator Work",
    "friend-group delete administrator Work",
    "friend-group list administrator",
    "man follow",
    "profile get administrator nobody",
    "profile set administrator --nick a",
    "schema follow check",
    "usersig explain abc --code 70009",
    "usersig inspect abc",
    "usersig sign --user alice",
    "usersig verify abc",
    // It ends, because a directory is not a file.
    "webhook listen --no-token --record {dir}",
    "webhook replay {dir}/secrets-events.ndjson --no-token --to-url http://127.0.0.1:1",
    "webhook trigger follow-add --from a --to b --no-token --to-url http://127.0.0.1:1",
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
    file("secrets-events.ndjson", "{\"at\":1,\"query\":\"CallbackCommand=State.StateChange\",\"body\":\"{}\"}\n");
    file("secrets-diff.csv", "user\nnobody\n");
    for command in LINES {
        for (at, json) in [(emulator.base_url.as_str(), ""), (&emulator.base_url, "--json"), ("no url", "")] {
            let _ = std::fs::remove_file(line("{dir}/secrets-init.toml"));
            run(&mut tim_at(at, &format!("-vv {json} {}", line(command))));
        }
    }
    // A host that cannot be reached is tried again and again, so one command will do.
    run(&mut tim_at("http://127.0.0.1:1", "follow check alice bob -vv")).exits(3);
}

/// `run` checks that the key is in neither output.
#[test]
fn a_key_in_the_wrong_flag_variable_or_argument_is_not_shown() {
    let check = "follow check alice bob --dry-run -vv";
    for flag in [
        "--sdkappid",
        "--admin",
        "--secret-key-file",
        "--region",
        "--base-url",
        "--root-certificate",
        "--profile",
        "--config",
        "--rate-limit",
    ] {
        let error = run(&mut tim(&format!("{check} {flag} {KEY}"))).exits(2).says(flag);
        assert!(error.stderr.contains("TIM_SECRET_KEY") || flag == "--rate-limit", "{flag}: {}", error.stderr);
    }
    for name in
        ["TIM_SDKAPPID", "TIM_ADMIN", "TIM_SECRET_KEY_FILE", "TIM_REGION", "TIM_BASE_URL", "TIM_PROFILE", "TIM_CONFIG"]
    {
        run(tim("config show -vv").env(name, KEY)).exits(2).says("looks like a key").says(name);
    }
    for args in ["config use", "config set", "config set admin", "config set key_command pass", "config set base_url"] {
        let config = file("secrets-wrong.toml", "default = 'a'\n[profile.a]\n");
        run(tim(&format!("{args} {KEY} x")).env("TIM_CONFIG", &config)).exits(2);
        run(tim(&format!("{args} {KEY}")).env("TIM_CONFIG", &config)).exits(2);
        assert!(!std::fs::read_to_string(&config).unwrap().contains(KEY));
    }
}

#[test]
fn clap_quotes_no_key() {
    for args in ["", "error", "completions", "follow list alice --kind"] {
        let error = run(&mut tim(&format!("{args} {KEY}"))).exits(2);
        assert!(error.stderr.contains("(hidden: looks like a key)"), "{args}: {}", error.stderr);
    }
}

/// Arguments can be seen by other users, and clap quotes them.
#[test]
fn a_password_of_redis_is_in_no_output() {
    let url = "redis://me:hunter2@127.0.0.1:1/0";
    let without_password = |run: crate::program::Run| {
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{} {}", run.stdout, run.stderr);
        run
    };
    let pairs = file("secrets-redis.csv", "alice,bob\n");
    let check = format!("follow check --pairs {} -vv", pairs.display());
    let flag = without_password(run(&mut tim(&format!("{check} --rate-limit {url}"))).exits(2));
    assert!(flag.stderr.contains("--rate-limit") && flag.stderr.contains("TIM_RATE_LIMIT"), "{}", flag.stderr);
    let at = |args: &str| without_password(run(tim_at("http://127.0.0.1:1", args).env("TIM_RATE_LIMIT", url)));
    at(&format!("{check} --without-redis stop")).exits(3).says("Redis");
    at(&format!("{check} --dry-run")).exits(0);
    assert!(at("config show").exits(0).stdout.contains("redis://127.0.0.1:1/0"));
    at("doctor");
    let config = file("secrets-redis.toml", &format!("[profile.a]\nrate_limit = '{url}'\n"));
    for args in ["config show --profile a", "config list", "config set rate_limit 7 --profile a"] {
        without_password(run(tim(args).env("TIM_CONFIG", &config)).exits(0));
    }
    without_password(run(tim(&format!("config set rate_limit {url} --profile a")).env("TIM_CONFIG", &config)).exits(2));
}

/// A key in the wrong place is not repeated either.
#[test]
fn a_key_in_place_of_another_value_is_not_shown() {
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
    run(&mut tim_at("http://127.0.0.1:1", &format!("follow check {KEY} bob"))).exits(2).says("hidden");
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_runs_shows_no_key() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    let key_file = file("secrets-ps.key", KEY);
    let mut command = tim_at(&base_url, "follow check alice bob --secret-key-file");
    let mut child = command.arg(key_file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It waits for a response now.
    let connection = silent.accept().unwrap();
    let line = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(connection);
    assert!(line.contains("follow") && !line.contains(KEY) && !line.contains("usersig"), "{line}");
}
