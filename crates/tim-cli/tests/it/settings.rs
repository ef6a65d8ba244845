use std::process::Stdio;

use crate::program::{Emulator, KEY, file, run, serve, tim, tim_at};

#[test]
fn what_is_missing_is_named_at_once_with_how_to_set_it() {
    let bare = run(&mut tim("follow check alice bob")).exits(2);
    for text in [
        "--sdkappid",
        "TIM_SDKAPPID",
        "--admin",
        "TIM_ADMIN",
        "--secret-key-file",
        "TIM_SECRET_KEY_FILE",
        "TIM_SECRET_KEY.",
        "--region",
        "TIM_REGION",
        "--base-url",
        "TIM_BASE_URL",
        "tim emulator",
    ] {
        assert!(bare.stderr.contains(text.trim_end_matches('.')), "{text}: {}", bare.stderr);
    }
    let some = run(tim("call a/b --body {} --sdkappid 1 --region tokyo").env("TIM_SECRET_KEY", KEY)).exits(2);
    assert!(some.stderr.contains("TIM_ADMIN") && !some.stderr.contains("TIM_REGION"), "{}", some.stderr);
    let sign = run(&mut tim("usersig sign --user alice")).exits(2);
    assert!(sign.stderr.contains("TIM_SDKAPPID") && !sign.stderr.contains("TIM_ADMIN"), "{}", sign.stderr);
}

#[test]
fn a_flag_takes_precedence_over_a_variable_anywhere_on_the_line() {
    let emulator = Emulator::start("flags");
    let wrong = |args: &str| {
        let mut command = tim_at("http://127.0.0.1:1", args);
        command.env("TIM_SDKAPPID", "1").env("TIM_ADMIN", "nobody").env("TIM_SECRET_KEY", "wrong");
        command
    };
    let key_file = file("flags-of-line.key", &format!("{KEY}\n"));
    let flags = format!(
        "--sdkappid 1400000000 --admin administrator --base-url {} --secret-key-file {}",
        emulator.base_url,
        key_file.display()
    );
    let check = "follow check administrator administrator";
    run(&mut wrong(&format!("{flags} {check}"))).exits(0);
    run(&mut wrong(&format!("{check} {flags}"))).exits(0);
    run(&mut wrong(check)).exits(3);
}

#[test]
fn a_wrong_setting_is_2_and_named() {
    let check = "follow check alice bob";
    let with = |name: &str, value: &str| run(tim_at("http://127.0.0.1:1", check).env(name, value));
    with("TIM_SDKAPPID", "app").exits(2).says("TIM_SDKAPPID is invalid");
    with("TIM_BASE_URL", "127.0.0.1:80").exits(2).says("invalid base URL");
    with("TIM_ADMIN", &"x".repeat(33)).exits(2).says("1 to 32");
    run(tim_at("", check).env("TIM_REGION", "atlantis")).exits(2).says("TIM_REGION is invalid");
    run(&mut tim("follow check alice bob --region atlantis")).exits(2).says("singapore");
    run(&mut tim("follow check alice bob --sdkappid app")).exits(2).says("--sdkappid");
    for (name, text) in [("empty.key", "\n"), ("missing.key", "")] {
        let path = file(name, text);
        if name == "missing.key" {
            std::fs::remove_file(&path).unwrap();
        }
        run(tim_at("http://127.0.0.1:1", check).arg("--secret-key-file").arg(&path)).exits(2).says(name);
        run(tim_at("http://127.0.0.1:1", check).env_remove("TIM_SECRET_KEY").env("TIM_SECRET_KEY_FILE", &path))
            .exits(2)
            .says(name);
    }
}

#[test]
fn the_cause_of_an_error_is_shown_once() {
    let error = run(tim_at("http://127.0.0.1:1", "follow check a b")
        .env_remove("TIM_SECRET_KEY")
        .args(["--secret-key-file", "/no/such/key"]));
    let error = error.exits(2).says("cannot read the key file /no/such/key: No such file");
    assert_eq!(error.stderr.matches("No such file").count(), 1, "{}", error.stderr);
}

#[test]
fn a_root_certificate_is_trusted_wherever_it_is_named() {
    let key_file = file("root-key.key", KEY);
    let root = key_file.with_file_name("root-trusted.pem");
    let mut command = tim("emulator --tls --secret-key-file");
    let emulator = Emulator::spawn(command.arg(&key_file).arg("--tls-root").arg(&root));
    let check = "follow check administrator administrator";
    emulator.run(check).exits(3).says("certificate");
    let trusting = |args: &str| run(tim_at(&emulator.base_url, args).env("TIM_ROOT_CERTIFICATE", &root));
    trusting(check).exits(0);
    trusting("follow list administrator --kind following").exits(0);
    assert!(trusting("doctor").exits(0).stdout.contains("127.0.0.1"));
    assert!(trusting("config show").exits(0).stdout.contains("env TIM_ROOT_CERTIFICATE"));
    emulator.run(&format!("{check} --root-certificate {}", root.display())).exits(0);
    let config = file("root.toml", "default = 'a'\n[profile.a]\nroot_certificate = 'root-trusted.pem'\n");
    run(tim_at(&emulator.base_url, check).env("TIM_CONFIG", config)).exits(0);

    let no_pem = file("root-none.pem", "hunter2");
    let not_sound = file("root-bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for bad in [no_pem, not_sound, key_file.with_file_name("root-missing.pem")] {
        let with = |args: &str| run(tim_at(&emulator.base_url, args).env("TIM_ROOT_CERTIFICATE", &bad));
        assert!(!with(check).exits(2).stderr.contains("hunter2"));
        let doctor = with("doctor").exits(1).stdout;
        assert!(
            doctor.contains("fail     root_certificate")
                && doctor.contains("skipped, because it depends on `root_certificate`"),
            "{doctor}"
        );
    }
}

#[test]
fn the_key_is_neither_an_argument_nor_in_help() {
    // `run` checks that the key is in no output.
    let with_key = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    with_key(&format!("follow check alice bob --secret-key={KEY}")).exits(2);
    with_key("--help").exits(0);
    with_key("follow check --help").exits(0);
    with_key("nonsense").exits(2);
    run(tim_at("http://127.0.0.1:1", "follow check a b").env("TIM_BASE_URL", format!("http://h/?usersig={KEY}")))
        .exits(2);
}

#[test]
fn help_has_the_exit_codes_and_each_command_has_an_example() {
    let help = run(&mut tim("--help")).exits(0).stdout;
    for text in ["Exit codes:", "TIM_SECRET_KEY ", "--json", "3    no response"] {
        assert!(help.contains(text), "{text}: {help}");
    }
    for command in [
        "demo",
        "emulator",
        "call",
        "follow",
        "follow add",
        "follow delete",
        "follow check",
        "follow list",
        "follow counts",
        "follow sync",
        "friend",
        "friend check",
        "usersig",
        "usersig sign",
        "usersig verify",
    ] {
        let help = run(&mut tim(&format!("{command} --help"))).exits(0).stdout;
        assert!(help.contains("Example") && help.contains(&format!("\n  tim {command}")), "{command}: {help}");
    }
    assert!(run(&mut tim("--version")).exits(0).stdout.starts_with("tim 0."));
    run(&mut tim("")).exits(2);
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    for args in ["demo", "demo --json", "usersig sign --user alice", "--help"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = tim_at("http://127.0.0.1:1", args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("ipe"), "{args}: {stderr}");
    }
}

/// Plain http goes to a proxy as a whole URL; only for this machine there is none.
#[test]
fn the_proxy_of_the_environment_is_used_but_not_for_this_machine() {
    let ok = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":""}],"ErrorCode":0}"#;
    let proxy = serve(&[(200, ok)]);
    run(tim_at("http://service.invalid", "follow add alice bob").env("HTTP_PROXY", &proxy)).exits(0);
    run(tim_at(&serve(&[(200, ok)]), "follow add alice bob").env("HTTP_PROXY", "http://127.0.0.1:1")).exits(0);
    run(tim("demo").env("HTTP_PROXY", "http://127.0.0.1:1")).exits(0);
    run(tim("demo --blocking").env("HTTP_PROXY", "http://127.0.0.1:1")).exits(0);
}
