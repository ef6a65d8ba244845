//! `tim doctor`: each problem is reported by its check, and checks that depend on it are skipped.

use std::collections::HashMap;

use serde_json::Value;

use crate::program::{Emulator, KEY, Run, file, run, serve, serve_with, tim, tim_at};

/// The findings of a run with `--json` by check.
fn findings(run: &Run) -> HashMap<String, Value> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    run.objects().into_iter().map(|object| (text(&object["check"]), object)).collect()
}

/// Checks the status of some findings, and that each failure and each warning names a fix.
#[track_caller]
fn expect(run: &Run, expected: &[(&str, &str)]) -> HashMap<String, Value> {
    let findings = findings(run);
    for (check, status) in expected {
        assert_eq!(findings[*check]["status"], *status, "{check}: {}", findings[*check]);
    }
    for finding in findings.values() {
        let bad = finding["status"] == "fail" || finding["status"] == "warn";
        assert_eq!(finding["fix"].is_string(), bad, "{finding}");
    }
    findings
}

const SKIPPED: &str = "skipped";

#[test]
fn a_correct_setup_passes_all_checks() {
    let emulator = Emulator::start("doctor");
    let healthy = emulator.run("doctor --json").exits(0);
    let findings = expect(&healthy, &[]);
    assert_eq!(findings.len(), 13, "{}", healthy.stdout);
    assert!(findings.values().all(|finding| finding["status"] == "ok"), "{}", healthy.stdout);
    assert_eq!(findings["sdkappid"]["info"], "1400000000, from env TIM_SDKAPPID");
    let shown = emulator.run("doctor -v").exits(0).says("no problems found").says("attempt 1 to");
    assert!(shown.stdout.lines().any(|line| line.starts_with("ok       admin rights")), "{}", shown.stdout);
    // A base URL may end with a slash.
    run(&mut tim_at(&format!("{}/", emulator.base_url), "doctor")).exits(0);
}

#[test]
fn a_rejection_is_reported_by_its_check() {
    let emulator = Emulator::start("doctor-rejected");
    let with = |name: &str, value: &str| run(tim_at(&emulator.base_url, "doctor --json").env(name, value)).exits(1);
    let other_key = "0af9".repeat(16);
    let wrong_key = with("TIM_SECRET_KEY", &other_key);
    expect(&wrong_key, &[("key", "ok"), ("signing", "ok"), ("service", "ok"), ("usersig", "fail")]);
    let found = expect(&wrong_key, &[("admin rights", SKIPPED), ("follow feature", SKIPPED)]);
    assert!(found["usersig"]["info"].as_str().unwrap().contains("70009") && !wrong_key.stdout.contains(&other_key));
    let wrong_app = expect(&with("TIM_SDKAPPID", "7"), &[("service", "fail"), ("usersig", SKIPPED)]);
    assert!(wrong_app["service"]["info"].as_str().unwrap().contains("70020"), "{wrong_app:?}");
    let no_admin = expect(&with("TIM_ADMIN", "alice"), &[("usersig", "ok"), ("admin rights", "fail")]);
    assert_eq!(no_admin["follow feature"]["info"], "skipped, because it depends on `admin rights`");

    let rejected = r#"{"ActionStatus":"FAIL","ErrorCode":30005,"ErrorInfo":""}"#;
    let off = run(&mut tim_at(&serve(&[(200, rejected)]), "doctor --json")).exits(1);
    let off = expect(&off, &[("admin rights", "ok"), ("follow feature", "fail"), ("clock", SKIPPED)]);
    assert!(off["follow feature"]["fix"].as_str().unwrap().contains("Follow / Fan function settings"), "{off:?}");
}

#[test]
fn an_endpoint_that_is_not_reached_or_invalid_is_reported() {
    let unreached = run(&mut tim_at("http://127.0.0.1:1", "doctor --json")).exits(1);
    let expected = [("name", "ok"), ("connection", "fail"), ("clock", SKIPPED), ("service", SKIPPED)];
    expect(&unreached, &expected);
    let unknown = run(&mut tim_at("https://service.invalid", "doctor --json")).exits(1);
    expect(&unknown, &[("name", "fail"), ("connection", "fail"), ("follow feature", SKIPPED)]);
    let region = "doctor --json --region singapore";
    let proxy = run(tim_at("", region).env("HTTPS_PROXY", "http://127.0.0.1:1")).exits(1);
    let expected =
        [("region", "ok"), ("name", SKIPPED), ("connection", "fail"), ("backup", "fail"), ("clock", SKIPPED)];
    let found = expect(&proxy, &expected);
    assert!(found["backup"]["info"].as_str().unwrap().starts_with("adminapisgp.my-imcloud.com: no connection"));
    let none = run(&mut tim_at("127.0.0.1:80/?usersig=1", "doctor --json")).exits(1);
    expect(&none, &[("connection", "fail"), ("service", SKIPPED)]);
}

#[test]
fn a_clock_that_differs_is_reported() {
    let ok = r#"{"FollowInfo":[{"To_Account":"administrator","ResultCode":0,"FollowerCount":0,"FollowingCount":0,
        "MutualFollowingCount":0}],"ErrorCode":0}"#;
    let at = |date: &str| run(&mut tim_at(&serve_with(date, &[(200, ok)]), "doctor --json"));
    let past = at("date: Mon, 01 Jan 2024 00:00:00 GMT\r\n").exits(1);
    let past = expect(&past, &[("clock", "fail"), ("service", "ok"), ("follow feature", "ok")]);
    assert!(past["clock"]["info"].as_str().unwrap().contains("ahead of"), "{past:?}");
    let future = at("date: Thu, 01 Jan 2099 00:00:00 GMT\r\n").exits(1);
    assert!(expect(&future, &[("clock", "fail")])["clock"]["info"].as_str().unwrap().contains("behind"));
    expect(&at("").exits(0), &[("clock", SKIPPED)]);
}

#[test]
fn missing_and_invalid_settings_are_reported_and_dependent_checks_are_skipped() {
    let bare = run(&mut tim("doctor --json")).exits(1);
    let missing = [("sdkappid", "fail"), ("admin", "fail"), ("secret_key", "fail"), ("region", "fail")];
    expect(&bare, &missing);
    expect(&bare, &[("key", SKIPPED), ("signing", SKIPPED), ("connection", SKIPPED), ("service", SKIPPED)]);
    let wrong = run(tim("doctor --json").env("TIM_REGION", "atlantis")).exits(1);
    expect(&wrong, &[("settings", "fail")]);
    let path = file("doctor.toml", "[profile.a]\nadmin = 'x'\n");
    let profile = run(tim("doctor --json").env("TIM_CONFIG", path)).exits(1);
    assert!(expect(&profile, &[("admin", "fail")])["admin"]["fix"].as_str().unwrap().ends_with("--profile: a"));
    let no_key = run(&mut tim_at("http://127.0.0.1:1", "doctor --json --secret-key-file /no/such/file")).exits(1);
    expect(&no_key, &[("secret_key", "ok"), ("key", "fail"), ("signing", SKIPPED)]);
}

#[test]
fn a_captive_portal_is_the_cause_and_not_the_service() {
    for (status, body, cause) in [(200, "<html>Sign in</html>", "an HTML page"), (302, "", "a redirect")] {
        let portal = run(&mut tim_at(&serve(&[(status, body)]), "doctor --json")).exits(1);
        let found = expect(&portal, &[("connection", "fail"), ("clock", SKIPPED), ("service", SKIPPED)]);
        assert!(found["connection"]["info"].as_str().unwrap().contains(cause), "{found:?}");
        assert_eq!(found["service"]["info"], "skipped, because it depends on `connection`");
    }
}

#[cfg(unix)]
#[test]
fn files_that_other_users_can_read_or_write_are_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let emulator = Emulator::start("doctor-files");
    let key = file("doctor-open.key", KEY);
    let config = file("doctor-open.toml", "[profile.a]\nkey_command = ['x']\n");
    let mut doctor = tim_at(&emulator.base_url, "doctor --json");
    doctor.arg("--secret-key-file").arg(&key).env("TIM_CONFIG", &config);
    let modes = |key_mode, config_mode| {
        std::fs::set_permissions(&key, PermissionsExt::from_mode(key_mode)).unwrap();
        std::fs::set_permissions(&config, PermissionsExt::from_mode(config_mode)).unwrap();
    };
    modes(0o644, 0o622);
    let open = expect(&run(&mut doctor).exits(0), &[("key", "warn"), ("config file", "warn"), ("service", "ok")]);
    assert!(open["key"]["fix"].as_str().unwrap().starts_with("chmod 600 "), "{open:?}");
    modes(0o600, 0o644);
    expect(&run(&mut doctor).exits(0), &[("key", "ok"), ("config file", "ok")]);
}
