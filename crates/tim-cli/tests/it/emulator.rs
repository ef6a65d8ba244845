use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;

use crate::program::{Emulator, KEY, file, run, tim};

#[test]
fn the_first_line_has_the_settings_of_a_client() {
    let key_file = file("first-line.key", KEY);
    let settings = tim("emulator --app-id 1400000007 --admin root --listen 127.0.0.1 --secret-key-file");
    let emulator = Emulator::spawn({ settings }.arg(&key_file));
    assert!(emulator.base_url.starts_with("http://127.0.0.1:"));
    let expected = json!({"base_url": emulator.base_url, "sdkappid": 1400000007, "admin": "root",
                          "secret_key_file": key_file.to_str(), "secret_key": null, "root_certificate_file": null});
    assert_eq!(emulator.started, expected);
    emulator.run("follow check root root --sdkappid 1400000007 --admin root").exits(0);
}

#[test]
fn a_new_key_is_in_the_first_line_only() {
    // The settings of a client do not configure an emulator.
    let mut command = tim("emulator");
    command.env("TIM_ADMIN", "someone").env("TIM_SDKAPPID", "1").env("TIM_SECRET_KEY", KEY);
    let emulator = Emulator::spawn(&mut command);
    assert_eq!(
        (&emulator.started["sdkappid"], &emulator.started["admin"]),
        (&json!(1400000000), &json!("administrator"))
    );
    let key = emulator.started["secret_key"].as_str().unwrap();
    assert!(key.len() == 64 && key != KEY);
    let mut command = tim("follow check administrator administrator --sdkappid 1400000000 --admin administrator");
    run(command.env("TIM_BASE_URL", &emulator.base_url).env("TIM_SECRET_KEY", key)).exits(0);
    assert_ne!(Emulator::spawn(&mut tim("emulator")).started["secret_key"], key);
}

#[test]
fn faults_on_the_command_line_are_checked_and_work() {
    let (fault, key_file) = (r#"{"code":60021,"command":"follow_check","next":1}"#, file("faults.key", KEY));
    let mut command = tim("emulator --seed 7 --secret-key-file");
    let emulator = Emulator::spawn(command.arg(key_file).arg("--fault").arg(fault));
    emulator.run("follow check administrator administrator").exits(1).says("60021");
    emulator.run("follow check administrator administrator").exits(0);
    for (fault, hint) in [(r#"{"kode":1}"#, "kode"), (r#"{"code":1,"share":7}"#, "share"), ("{}", "exactly one effect")]
    {
        run(tim("emulator --fault").arg(fault)).exits(2).says(hint);
    }
}

#[test]
fn it_keeps_a_rate_limit() {
    let key_file = file("rate_limit.key", KEY);
    let mut command = tim("emulator --calls-per-second 1000 --window sliding --calls-per-day 1 --secret-key-file");
    let emulator = Emulator::spawn(command.arg(key_file));
    emulator.run("follow check administrator administrator").exits(0);
    emulator.run("follow check administrator administrator").exits(1).says("60028");
    run(&mut tim("emulator --calls-per-second 1 --window rolling")).exits(2).says("fixed, sliding");
    run(&mut tim("emulator --window fixed")).exits(2).says("--calls-per-second");
}

#[test]
fn a_webhook_has_a_url_that_can_be_used() {
    run(&mut tim("emulator --webhook ftp://example.com")).exits(2).says("must start with http:// or https://");
    let secret = run(&mut tim("emulator --webhook http://me:hunter2@example.com/?token=hunter2")).exits(2);
    assert!(!secret.stderr.contains("hunter2"), "{}", secret.stderr);
    run(&mut tim("emulator --webhook-token-file token")).exits(2).says("--webhook");
    let token = file("webhook.token", "t0ken");
    let emulator = Emulator::spawn(tim("emulator --webhook http://127.0.0.1:9/im --webhook-token-file").arg(&token));
    assert!(!emulator.started.to_string().contains("t0ken"));
}

#[test]
fn options_of_webhooks_are_checked() {
    let webhook = "emulator --webhook https://127.0.0.1:9/im";
    for (args, text) in [
        ("--webhook-ca MISSING", "--webhook-ca: cannot use MISSING"),
        ("--webhook-retries 1 --webhook-retry-interval soon", "such as 30s"),
        ("--webhook-retry-broken", "--webhook-retries"),
        ("--webhook-retry-bad-responses", "--webhook-retries"),
        ("--webhook-max-waiting 0", "from 1 to 1000000"),
    ] {
        run(&mut tim(&format!("{webhook} {args}"))).exits(2).says(text);
    }
    for (name, text, problem) in [
        ("webhook-text.pem", "text", "not a certificate in PEM"),
        (
            "webhook-bad.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate 1 is invalid",
        ),
    ] {
        run(tim(&format!("{webhook} --webhook-ca")).arg(file(name, text))).exits(2).says(problem);
    }
    run(&mut tim("emulator --webhook-retry-interval 5s")).exits(2).says("--webhook");
}

#[cfg(unix)]
#[test]
fn a_webhook_that_waits_for_a_retry_at_the_end_is_reported() {
    // Nobody listens on port 1, and no test gets it.
    let url = "http://127.0.0.1:1/im";
    let (key_file, stderr) = (file("webhook-retry.key", KEY), file("webhook-retry.err", ""));
    let options = "--webhook-retries 9 --webhook-retry-interval 1h --webhook-retry-broken --webhook-max-waiting 2";
    let mut command = tim(&format!("emulator --webhook {url} {options} --demo-data --secret-key-file"));
    let mut emulator = Emulator::spawn_with(command.arg(key_file), File::create(&stderr).unwrap());
    for target in ["carol", "dave", "erin"] {
        emulator.run(&format!("follow add bob {target} administrator")).exits(0);
        emulator.run(&format!("follow delete bob {target} administrator")).exits(0);
    }
    emulator.end_with("-TERM");
    let messages = fs::read_to_string(stderr).unwrap();
    let expected = format!("tim: warning: the emulator stopped before 2 webhooks to {url} were delivered");
    assert!(messages.contains(&expected), "{messages}");
}

#[cfg(unix)]
#[test]
fn webhooks_are_delivered_over_https() {
    let calls = file("webhook-https.err", "");
    let mut receiver = Emulator::spawn_with(&mut tim("emulator --tls -v"), File::create(&calls).unwrap());
    let root = receiver.started["root_certificate_file"].as_str().unwrap();
    let mut command = tim(&format!("emulator --webhook {}/v4/test/webhook --webhook-ca {root}", receiver.base_url));
    let key_file = file("webhook-https.key", KEY);
    let mut emulator = Emulator::spawn(command.args(["--demo-data", "--secret-key-file"]).arg(key_file));
    emulator.run("follow add bob administrator").exits(0);
    // The emulator stops when the webhook is delivered. The receiver shows it as a call.
    emulator.end_with("-TERM");
    receiver.end_with("-TERM");
    let calls = fs::read_to_string(calls).unwrap();
    assert!(calls.contains("test/webhook"), "{calls}");
}

#[cfg(unix)]
#[test]
fn the_first_line_names_the_root_certificate() {
    let named = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("root.pem");
    for file in [None, Some(&named)] {
        let mut command = tim("emulator --tls --tls-name emulator.test");
        if let Some(file) = file {
            command.arg("--tls-root").arg(file);
        }
        let mut emulator = Emulator::spawn(&mut command);
        assert!(emulator.base_url.starts_with("https://127.0.0.1:"));
        let path = PathBuf::from(emulator.started["root_certificate_file"].as_str().unwrap());
        assert!(file.is_none_or(|file| *file == path));
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
        emulator.end_with("-TERM");
        assert_eq!(path.exists(), file.is_some(), "a temporary file is removed");
    }
    for args in ["emulator --tls-root x.pem", "emulator --tls-name x", "emulator --tls --tls-root /nowhere/root.pem"] {
        assert!(run(&mut tim(args)).exits(2).stderr.contains("--tls"), "{args}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_and_a_file_keeps_its_data() {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("world.db");
    let _ = fs::remove_file(&data);
    let key_file = file("signal.key", KEY);
    for signal in ["-TERM", "-INT"] {
        let mut command = tim("emulator --secret-key-file");
        let mut emulator = Emulator::spawn(command.arg(&key_file).arg("--data").arg(&data));
        if signal == "-TERM" {
            emulator.import(&["alice", "bob"]);
            emulator.run("follow add alice bob").exits(0);
        } else {
            assert_eq!(emulator.run("follow check alice bob --json").exits(0).objects()[0]["relation"], "following");
        }
        emulator.end_with(signal);
    }
}

#[cfg(unix)]
#[test]
fn settings_and_data_come_from_the_command_line() {
    let follows = file("follows.csv", "from,to,at\nalice,bob,1702262118\n");
    let export = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("export.ndjson");
    let key_file = file("settings.key", KEY);
    let settings = "emulator --relation-limit following=2 --relation-limit friends=none --quirk follow_again_rejected --region frankfurt";
    let mut command = tim(settings);
    command.arg("--import").arg(&follows).arg("--export-on-exit").arg(&export).arg("--secret-key-file").arg(&key_file);
    let mut emulator = Emulator::spawn(&mut command);
    assert!(emulator.run("follow add alice bob").exits(1).stdout.contains("30001"));
    emulator.run("follow add alice administrator").exits(0);
    emulator.import(&["carol"]);
    assert!(emulator.run("follow add alice carol").exits(1).stdout.contains("32100"));
    emulator.end_with("-TERM");
    let exported = fs::read_to_string(export).unwrap();
    let first = r#"{"follow":{"from":"alice","to":"bob","at":1702262118}}"#;
    assert!(exported.lines().any(|line| line == first), "{exported}");
    assert_eq!(exported.lines().count(), 6);

    let emulator = Emulator::spawn(tim("emulator --no-follow-feature --secret-key-file").arg(&key_file));
    emulator.run("follow add administrator bob").exits(1).says("30005");
}

#[test]
fn an_invalid_argument_is_2() {
    run(&mut tim("emulator --listen localhost")).exits(2).says("127.0.0.1:9000");
    run(&mut tim("emulator --quirk follow_agian_rejected")).exits(2).says("follow_again_rejected");
    run(&mut tim("emulator --quirk want_num_clamped=yes")).exits(2).says("neither true nor false");
    run(&mut tim("emulator --relation-limit fans=1")).exits(2).says("followers");
    run(&mut tim("emulator --relation-limit followers=many")).exits(2).says("neither a number nor none");
    run(&mut tim("emulator --region atlantis")).exits(2).says("singapore");
    let table = file("wrong.csv", "alice,bob\nalice\n");
    run(tim("emulator --import").arg(table)).exits(2).says("wrong.csv: line 2");
    run(&mut tim("emulator --app-id 0")).exits(2).says("--app-id");
    run(tim("emulator --data").arg(env!("CARGO_TARGET_TMPDIR"))).exits(2).says(env!("CARGO_TARGET_TMPDIR"));
    run(&mut tim("emulator --secret-key-file /nonexistent/key")).exits(2).says("/nonexistent/key");
    let taken = Emulator::start("taken");
    let address = taken.base_url.strip_prefix("http://").unwrap();
    run(&mut tim(&format!("emulator --listen {address}"))).exits(2).says(address);
    let long = "x".repeat(33);
    run(&mut tim(&format!("emulator --admin {long}"))).exits(2).says("1 to 32");
}

#[test]
fn it_warns_if_it_is_not_on_loopback() {
    // A closed pipe ends it at its first line.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = tim("emulator --listen 0.0.0.0").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("warning: others on the network"), "{stderr}");
}
