//! The configuration file as people meet it.

use std::path::PathBuf;
use std::process::Command;

use crate::program::{Emulator, KEY, file, run, tim, tim_at};

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
    assert!(line("region").starts_with("tokyo") && line("region").contains("profile a in"));
    let json = run(tim("config show --json").env("TIM_BASE_URL", "http://u:p@h/x?usersig=1")).exits(0).objects();
    assert_eq!(json[5]["setting"], "base_url");
    assert_eq!(json[5]["value"], "http://***");
    assert_eq!(json[3]["value"], serde_json::Value::Null);
}

#[test]
fn a_key_in_the_file_is_rejected_and_not_shown() {
    let config = config("literal", &format!("[profile.a]\nsecret_key = '{KEY}'\n"));
    run(&mut tim_with(&config, "config show"))
        .exits(2)
        .says("literal.toml:2: the configuration file must not contain a key");
    std::fs::write(&config, format!("[profile.a]\nsecret_key = {KEY}\n")).unwrap();
    run(&mut tim_with(&config, "config show -vv")).exits(2).says("literal.toml:2: not TOML");
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
    at_home("config init").exits(2).says("already exists, not overwritten");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // Without the signs of a comment before settings it is a whole file, but for the choice between
    // two keys.
    let filled = text.replace("# default", "default").replace("# key_command", "#");
    let filled = ["sdkappid", "region", "admin", "secret_key_file", "base_url"]
        .iter()
        .fold(filled, |text, key| text.replace(&format!("# {key} ="), &format!("{key} =")));
    std::fs::write(&path, filled).unwrap();
    assert!(at_home("config show").exits(0).stdout.contains("profile production in"));
}

/// The calls of a profile for an emulator must not reach the app of the exported variables.
#[test]
fn a_chosen_profile_is_not_overridden_by_exported_variables() {
    let (local, production) = (Emulator::start("chosen-local"), Emulator::start("chosen-production"));
    let text = format!(
        "[profile.local]\nsdkappid = 1400000000\nadmin = 'administrator'\nsecret_key_file = 'chosen-local.key'\n\
         base_url = '{}'\n[profile.place]\nbase_url = '{0}'\n",
        local.base_url
    );
    let config = config("chosen", &text);
    local.import(&["alice", "bob"]);
    production.import(&["alice", "bob"]);
    production.run("follow add alice bob").exits(0);
    let exported = |args: &str| {
        let mut command = tim_at(&production.base_url, args);
        command.env("TIM_CONFIG", &config).env("TIM_REGION", "singapore");
        command
    };
    run(&mut exported("follow add alice bob --profile local")).exits(0);
    run(&mut exported("follow delete alice bob --yes --profile local")).exits(0);
    run(exported("follow delete alice bob --yes").env("TIM_PROFILE", "local"));
    let relation = |of: &Emulator| of.run("follow check alice bob --json").exits(0).objects()[0]["relation"].clone();
    assert_ne!(relation(&local), relation(&production));
    // What the profile lacks comes from the variables, and `-v` says so.
    let completed = run(&mut exported("follow check alice bob --profile place -v")).exits(0);
    completed.says("the profile place has no sdkappid; it is taken from env TIM_SDKAPPID");
}

#[test]
fn list_shows_the_profiles_without_secrets() {
    let text = "default = 'a'\n[profile.a]\nsdkappid = 7\nadmin = 'ann'\nregion = 'tokyo'\n\
                [profile.b]\nbase_url = 'http://u:hunter2@h/x?y'\nkey_command = ['pass', 'hunter2']\n";
    let config = config("list", text);
    let list = run(tim_with(&config, "config list --json").env("TIM_PROFILE", "b")).exits(0);
    assert!(!list.stdout.contains("hunter2"), "{}", list.stdout);
    let expected = serde_json::json!([
        {"command": "config_list", "profile": "a", "default": true, "in_use": false, "sdkappid": 7, "admin": "ann", "endpoint": "tokyo"},
        {"command": "config_list", "profile": "b", "default": false, "in_use": true, "sdkappid": null, "admin": null, "endpoint": "http://***"},
    ]);
    assert_eq!(serde_json::Value::from(list.objects()), expected);
    run(tim_with(&config, "config list").env("TIM_PROFILE", "c")).exits(0).says("it is not in the file");
    let missing = run(tim("config list").env("XDG_CONFIG_HOME", "/no/such/home")).exits(0).says("does not exist");
    assert_eq!(missing.stdout, "");
}

const COMMENTED: &str = "# Ann's settings.
default = 'a'  # the safe one

[profile.a]
# From the console.
sdkappid = 7   # test
key_command = ['pass', 'show']
base_url = 'http://127.0.0.1:9000'

[profile.b]
admin = 'ann'
";

#[test]
fn use_and_set_keep_comments_and_order() {
    let config = config("edit", COMMENTED);
    let row = run(&mut tim_with(&config, "config use b --json")).exits(0).objects().remove(0);
    assert_eq!((&row["command"], &row["profile"]), (&"config_use".into(), &"b".into()));
    run(&mut tim_with(&config, "config set sdkappid 8 --profile a")).exits(0);
    run(&mut tim_with(&config, "config set secret_key_file edit-missing.key --profile a"))
        .exits(0)
        .says("removed key_command")
        .says("edit-missing.key does not exist");
    run(&mut tim_with(&config, "config set region Seoul --profile a")).exits(0).says("removed base_url");
    let row = run(&mut tim_with(&config, "config set rate_limit 50 --json")).exits(0).objects().remove(0);
    assert_eq!((&row["profile"], &row["setting"], &row["value"]), (&"b".into(), &"rate_limit".into(), &"50".into()));
    run(&mut tim_with(&config, "config set key_command pass show -- -x --profile")).exits(0);
    run(&mut tim_with(&config, "config set admin carl --profile c")).exits(0);
    let expected = "# Ann's settings.
default = \"b\"  # the safe one

[profile.a]
# From the console.
sdkappid = 8   # test
secret_key_file = \"edit-missing.key\"
region = \"seoul\"

[profile.b]
admin = 'ann'
rate_limit = 50
key_command = [\"pass\", \"show\", \"-x\", \"--profile\"]

[profile.c]
admin = \"carl\"
";
    assert_eq!(std::fs::read_to_string(&config).unwrap(), expected);
    run(tim_with(&config, "config use a").env("TIM_PROFILE", "b")).exits(0).says("\"b\" is still in use");
}

#[cfg(unix)]
#[test]
fn edits_at_the_same_time_are_all_kept() {
    let config = config("edit-race", "");
    let set = |number| tim_with(&config, &format!("config set admin ann --profile p{number}")).spawn().unwrap();
    let children: Vec<_> = (0..12).map(set).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let text = std::fs::read_to_string(&config).unwrap();
    assert_eq!(text.matches("[profile.p").count(), 12, "{text}");
}

#[test]
fn an_invalid_edit_leaves_the_file_unchanged() {
    let config = config("edit-invalid", COMMENTED);
    for (args, problem) in [
        ("use c", "cannot find the profile \"c\""),
        ("set sdkappid app", "not an SDKAppID"),
        ("set region atlantis", "not a region"),
        ("set base_url 127.0.0.1:80", "must start with https:// or http://"),
        ("set base_url http://me:hunter2@h", "must not contain a user or password"),
        ("set rate_limit 0", "must be at least 1"),
        ("set admin", "VALUE"),
        ("set admin a b", "expected one value"),
        ("set secret_key hunter2", "must not contain a key"),
        ("set colour red", "is not a setting"),
        ("set admim hunter2", "did you mean `admin`?"),
    ] {
        let error = run(&mut tim_with(&config, &format!("config {args}"))).exits(2).says(problem);
        assert!(!error.stderr.contains("hunter2"), "{}", error.stderr);
    }
    assert_eq!(std::fs::read_to_string(&config).unwrap(), COMMENTED);
    let bad = file("edit-bad.toml", "[profile.a]\nadmin = hunter2\n");
    let error = run(&mut tim_with(&bad, "config set admin ann --profile a")).exits(2).says("edit-bad.toml:2");
    assert!(!error.stderr.contains("hunter2"), "{}", error.stderr);
    run(&mut tim("config set admin ann --config /no/such/dir/x.toml")).exits(2).says("--profile NAME");
}

#[cfg(unix)]
#[test]
fn set_creates_a_private_file_and_writes_through_a_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = file("edit-home", "").with_extension("dir");
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).unwrap();
    let (target, link) = (home.join("real/config.toml"), home.join("link.toml"));
    let set = |config: &PathBuf, args: &str| run(&mut tim(&format!("config {args} --config {}", config.display())));
    set(&target, "set admin ann --profile a").exits(0);
    std::os::unix::fs::symlink(&target, &link).unwrap();
    set(&link, "use a").exits(0);
    assert!(link.is_symlink());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "default = \"a\"\n[profile.a]\nadmin = \"ann\"\n");
    assert_eq!(std::fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_without_an_end_is_an_error() {
    run(&mut tim("config show --config /dev/zero")).exits(2).says("longer than 1 MiB");
    let endless = run(tim_at("http://127.0.0.1:1", "follow check a b").env("TIM_ROOT_CERTIFICATE", "/dev/zero"));
    endless.exits(2).says("longer than 1 MiB");
    run(tim_at("http://127.0.0.1:1", "follow check a b --secret-key-file /dev/zero").env_remove("TIM_SECRET_KEY"))
        .exits(2)
        .says("longer than a secret key");
}

/// A user may have typed a key there.
#[test]
fn no_error_quotes_a_value_of_the_file() {
    for (name, line) in [
        ("region", "region = 'hunter2'"),
        ("url", "base_url = 'hunter2'"),
        ("file", "secret_key_file = 'hunter2'"),
        ("command", "key_command = ['/no/hunter2']"),
        ("root", "secret_key_file = 'profile.key'\nroot_certificate = 'hunter2'"),
        ("limit", "rate_limit = 'hunter2'"),
        ("default", "[x]\n"),
    ] {
        let others = [
            ("sdkappid", "1"),
            ("admin", "'a'"),
            ("secret_key_file", "'no-error.key'"),
            ("base_url", "'http://127.0.0.1:1'"),
        ];
        let has_key = line.contains("key_command") || line.contains("secret_key_file");
        let others = others.iter().filter(|(key, _)| !(line.contains(key) || has_key && *key == "secret_key_file"));
        let others: String = others.map(|(key, value)| format!("{key} = {value}\n")).collect();
        file("no-error.key", KEY);
        let text = match name {
            "default" => "default = 'hunter2'\n".to_owned(),
            _ => format!("default = 'a'\n[profile.a]\n{others}{line}\n"),
        };
        let config = config(&format!("no-error-{name}"), &text);
        let error = run(&mut tim_with(&config, "follow check alice bob")).exits(2);
        assert!(!error.stderr.contains("hunter2"), "{name}: {}", error.stderr);
    }
}

#[test]
fn a_new_profile_is_behind_the_comments_of_the_one_before_it() {
    let path = file("config-comments.toml", "[profile.local]\n# admin = \"administrator\"\n# region\n");
    let set = |args: &[&str]| run(tim("config set").args(args).arg("--config").arg(&path));
    set(&["region", "singapore", "--profile", "p2"]).exits(0);
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = "[profile.local]\n# admin = \"administrator\"\n# region\n\n[profile.p2]\nregion = \"singapore\"\n";
    assert_eq!(text, expected);
    set(&["key_command", "pass show tim", "--profile", "p2"]).exits(2).says("separate words");
    set(&["key_command", "[\"pass\"]", "--profile", "p2"]).exits(2).says("separate words");
    set(&["key_command", "pass", "show", "tim", "--profile", "p2"]).exits(0);
}
