//! The configuration file as people meet it.

use std::path::PathBuf;
use std::process::Command;

use crate::program::{Emulator, KEY, file, run, tim};

/// A configuration file of this test.
fn config(name: &str, text: &str) -> PathBuf {
    file(&format!("{name}.toml"), text)
}

fn tim_with(config: &PathBuf, args: &str) -> Command {
    let mut command = tim(args);
    command.env("TIM_CONFIG", config);
    command
}

#[test]
fn a_profile_makes_a_call_without_any_other_setting() {
    let emulator = Emulator::start("profile");
    let text = format!(
        "default = 'local'\n[profile.local]\nsdkappid = 1400000000\nadmin = 'administrator'\n\
         secret_key_file = 'profile.key'\nbase_url = '{}'\n\
         [profile.command]\nsdkappid = 1400000000\nadmin = 'administrator'\n\
         key_command = ['cat', '{}']\nbase_url = '{0}'\n",
        emulator.base_url,
        file("profile-command.key", &format!("{KEY}\n")).display()
    );
    let config = config("profile", &text);
    let check = "follow check administrator administrator";
    run(&mut tim_with(&config, check)).exits(0);
    run(&mut tim(&format!("--config {} {check}", config.display()))).exits(0);
    run(tim_with(&config, check).env("TIM_ADMIN", "nobody")).exits(1).says("60010");
    if cfg!(unix) {
        run(&mut tim_with(&config, &format!("{check} --profile command"))).exits(0);
    }
    run(&mut tim_with(&config, &format!("{check} --profile comand"))).exits(2).says("did you mean \"command\"?");
}

#[test]
fn show_names_where_each_value_is_from_and_runs_nothing() {
    let text = "[profile.a]\nadmin = 'ann'\nkey_command = ['/no/such/program', 'argument']\nregion = 'tokyo'";
    let config = config("show", text);
    let shown = run(tim_with(&config, "config show --profile a --sdkappid 7").env("TIM_REGION", "seoul")).exits(0);
    let line = |name: &str| {
        let line = shown.stdout.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(' ').unwrap().1.trim().to_owned()
    };
    assert!(line("config").ends_with("env TIM_CONFIG"), "{}", shown.stdout);
    assert!(line("profile").starts_with("a ") && line("profile").ends_with("flag --profile"));
    assert!(line("sdkappid").starts_with("7 ") && line("sdkappid").ends_with("flag --sdkappid"));
    assert!(line("admin").ends_with(&format!("profile a in {}", config.display())), "{}", line("admin"));
    assert!(line("secret_key").starts_with("command /no/such/program  "), "{}", line("secret_key"));
    assert!(line("region").starts_with("seoul") && line("region").ends_with("env TIM_REGION"));
    let json = run(tim("config show --json").env("TIM_BASE_URL", "http://u:p@h/x?usersig=1")).exits(0).objects();
    assert_eq!(json[5]["setting"], "base_url");
    assert_eq!(json[5]["value"], "h/x");
    assert_eq!(json[3]["value"], serde_json::Value::Null);
}

#[test]
fn a_key_in_the_file_is_refused_and_not_shown() {
    let config = config("literal", &format!("[profile.a]\nsecret_key = '{KEY}'\n"));
    run(&mut tim_with(&config, "config show")).exits(2).says("literal.toml:2: a key does not belong");
    std::fs::write(&config, format!("[profile.a]\nsecret_key = {KEY}\n")).unwrap();
    run(&mut tim_with(&config, "config show -vv")).exits(2).says("literal.toml:2: this is not TOML");
}

#[test]
fn init_writes_a_file_that_can_be_read_once() {
    let home = file("init", "").with_extension("home");
    let _ = std::fs::remove_dir_all(&home);
    let at_home = |args: &str| run(tim(args).env("XDG_CONFIG_HOME", &home));
    let path = at_home("config path").exits(0).stdout.trim().to_owned();
    assert!(path.ends_with("tim/config.toml") || cfg!(windows), "{path}");
    assert_eq!(at_home("config init").exits(0).stdout.trim(), path);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    at_home("config show --profile production").exits(0);
    let text = std::fs::read_to_string(&path).unwrap();
    at_home("config init").exits(2).says("not written");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // Without the signs of a comment before settings it is a whole file, but for the choice between two keys.
    let filled = text.replace("# default", "default").replace("# key_command", "#");
    let filled = ["sdkappid", "region", "admin", "secret_key_file", "base_url"]
        .iter()
        .fold(filled, |text, key| text.replace(&format!("# {key} ="), &format!("{key} =")));
    std::fs::write(&path, filled).unwrap();
    assert!(at_home("config show").exits(0).stdout.contains("profile production in"));
}
