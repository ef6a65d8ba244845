//! Which of several settings counts.

use std::fs;

use tim_follow::Region;

use super::*;

fn resolve(flags: &Flags, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let find = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
    Settings::resolve(flags, &find)
}

fn key_in(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tim-cli-settings-{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}

fn key(flags: &Flags, environment: &[(&str, &str)]) -> String {
    resolve(flags, environment).unwrap().key.unwrap().load().unwrap().expose().to_owned()
}

fn value<T>(found: Option<Resolved<T>>) -> Option<T> {
    found.map(|found| found.value)
}

#[test]
fn a_flag_takes_precedence_over_a_variable() {
    let environment = [("TIM_SDKAPPID", "2"), ("TIM_ADMIN", "env"), ("TIM_REGION", "seoul")];
    let flags =
        Flags { sdkappid: Some(1), admin: Some("flag".into()), region: Some(Region::Tokyo), ..Flags::default() };
    let settings = resolve(&flags, &environment).unwrap();
    assert_eq!((value(settings.sdkappid), value(settings.admin)), (Some(SdkAppId(1)), Some("flag".into())));
    assert_eq!(value(settings.endpoint), Some(ServiceEndpoint::Region(Region::Tokyo)));
    let settings = resolve(&Flags::default(), &environment).unwrap();
    assert_eq!((value(settings.sdkappid), value(settings.admin)), (Some(SdkAppId(2)), Some("env".into())));
    assert_eq!(value(settings.endpoint), Some(ServiceEndpoint::Region(Region::Seoul)));
}

#[test]
fn an_invalid_variable_is_not_read_if_a_flag_is_set() {
    let wrong = [("TIM_SDKAPPID", "app"), ("TIM_REGION", "atlantis")];
    let flags = Flags { sdkappid: Some(1), region: Some(Region::Tokyo), ..Flags::default() };
    resolve(&flags, &wrong).unwrap();
    resolve(&Flags { region: None, ..flags }, &wrong).unwrap_err();
}

#[test]
fn a_base_url_takes_precedence_over_a_region_from_the_same_source() {
    let both = [("TIM_BASE_URL", "http://env"), ("TIM_REGION", "seoul")];
    let place = |flags: &Flags| value(resolve(flags, &both).unwrap().endpoint);
    let url = |text: &str| Some(ServiceEndpoint::BaseUrl(text.to_owned()));
    let region = Flags { region: Some(Region::Tokyo), ..Flags::default() };
    assert_eq!(place(&Flags::default()), url("http://env"));
    assert_eq!(place(&region), Some(ServiceEndpoint::Region(Region::Tokyo)));
    assert_eq!(place(&Flags { base_url: Some("http://flag".into()), ..region }), url("http://flag"));
}

#[test]
fn a_key_comes_from_the_flag_then_the_variable_then_its_file() {
    let (flag, file) = (key_in("flag", "of-flag\n"), key_in("file", "of-file\r\n"));
    let file_variable = ("TIM_SECRET_KEY_FILE", file.to_str().unwrap());
    let both = [("TIM_SECRET_KEY", "of-variable"), file_variable];
    assert_eq!(key(&Flags { secret_key_file: Some(flag.clone()), ..Flags::default() }, &both), "of-flag");
    assert_eq!(key(&Flags::default(), &both), "of-variable");
    assert_eq!(key(&Flags::default(), &[file_variable]), "of-file");
    assert_eq!(key(&Flags::default(), &[("TIM_SECRET_KEY", ""), file_variable]), "of-file");
    [flag, file].iter().for_each(|path| fs::remove_file(path).unwrap());
}

#[test]
fn an_unusable_key_file_is_named() {
    let empty = key_in("empty", "\n");
    let missing = empty.with_extension("missing");
    for path in [&empty, &missing] {
        let error = key_file(path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    fs::remove_file(empty).unwrap();
}

#[test]
fn an_invalid_variable_is_named_without_its_value() {
    for (name, value) in [("TIM_SDKAPPID", "app"), ("TIM_SDKAPPID", "-7"), ("TIM_REGION", "atlantis")] {
        let error = resolve(&Flags::default(), &[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} is invalid: not a")) && !error.contains(value), "{error}");
    }
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let error = resolve(&Flags::default(), &[]).unwrap().config().unwrap_err().to_string();
    for name in ["TIM_SDKAPPID", "TIM_ADMIN", "TIM_SECRET_KEY", "TIM_REGION", "TIM_BASE_URL"] {
        assert!(error.contains(name), "{error}");
    }
    let error = resolve(&Flags::default(), &[("TIM_SECRET_KEY", "hunter2")]).unwrap().signer().unwrap_err();
    let error = error.message();
    assert!(error.contains("TIM_SDKAPPID") && !error.contains("TIM_ADMIN"), "{error}");
}

#[test]
fn debug_hides_the_key() {
    let settings = resolve(&Flags::default(), &[("TIM_SECRET_KEY", "hunter2")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}

/// A file of its own for each test.
fn config_in(name: &str, text: &str) -> String {
    key_in(&format!("{name}.toml"), text).to_str().unwrap().to_owned()
}

const PROFILES: &str = "default = 'a'
    [profile.a]
    sdkappid = 3
    admin = 'of-a'
    region = 'tokyo'
    [profile.b]
    admin = 'of-b'";

#[test]
fn a_variable_takes_precedence_over_the_default_profile_and_each_value_has_its_source() {
    let file = config_in("order", PROFILES);
    let environment = [("TIM_CONFIG", file.as_str()), ("TIM_ADMIN", "env")];
    let flags = Flags { base_url: Some("http://flag".into()), ..Flags::default() };
    let settings = resolve(&flags, &environment).unwrap();
    let source = |source: &Source| source.to_string();
    let shown = [
        settings.file.as_ref().map(|found| source(&found.source)),
        settings.profile.as_ref().map(|found| source(&found.source)),
        settings.sdkappid.as_ref().map(|found| source(&found.source)),
        settings.admin.as_ref().map(|found| source(&found.source)),
        settings.endpoint.as_ref().map(|found| source(&found.source)),
    ];
    let of_a = format!("profile a in {file}");
    let expected = ["env TIM_CONFIG", &file, &of_a, "env TIM_ADMIN", "flag --base-url"];
    assert_eq!(shown.map(Option::unwrap), expected);
    fs::remove_file(file).unwrap();
}

#[test]
fn a_profile_is_chosen_by_flag_then_variable_then_the_file() {
    let file = config_in("choice", PROFILES);
    let with = |flag: Option<&str>, variable: &str| {
        let flags = Flags { profile: flag.map(str::to_owned), config: Some(file.clone().into()), ..Flags::default() };
        resolve(&flags, &[("TIM_PROFILE", variable)])
    };
    let admin = |flag, variable| value(with(flag, variable).unwrap().admin).unwrap();
    assert_eq!(admin(None, ""), "of-a");
    assert_eq!(admin(None, "b"), "of-b");
    assert_eq!(admin(Some("a"), "b"), "of-a");
    let error = with(Some("c"), "").unwrap_err().to_string();
    assert!(error.contains("the profile \"c\"") && error.contains("a, b"), "{error}");
    fs::remove_file(file).unwrap();
}

#[test]
fn the_usual_file_need_not_exist_and_one_that_is_named_must() {
    let usual = |environment: &[(&str, &str)]| {
        let find = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        file::usual_file(&find).map(|path| path.to_str().unwrap().to_owned())
    };
    if cfg!(unix) {
        assert_eq!(usual(&[("HOME", "/home/ann")]).unwrap(), "/home/ann/.config/tim/config.toml");
        assert_eq!(usual(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]).unwrap(), "/x/tim/config.toml");
        assert_eq!(usual(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "relative")]).unwrap(), "/h/.config/tim/config.toml");
        assert_eq!(usual(&[]), None);
        resolve(&Flags::default(), &[("HOME", "/no/such/home")]).unwrap();
    }
    let error = resolve(&Flags::default(), &[("TIM_CONFIG", "/no/such.toml")]).unwrap_err().to_string();
    assert_eq!(error, "cannot find the configuration file /no/such.toml (env TIM_CONFIG)");
    let error = resolve(&Flags::default(), &[("TIM_PROFILE", "a")]).unwrap_err().to_string();
    assert!(error.starts_with("cannot use the profile (env TIM_PROFILE)"), "{error}");
}

#[test]
fn what_is_missing_names_the_profiles_when_none_is_chosen() {
    let file = config_in("missing", "[profile.a]\nsdkappid = 1\n[profile.b]\nadmin = 'x'");
    let missing = |environment: &[(&str, &str)]| {
        resolve(&Flags::default(), environment).unwrap().config().unwrap_err().to_string()
    };
    let none = missing(&[("TIM_CONFIG", &file)]);
    assert!(none.contains("--profile NAME") && none.contains("a, b"), "{none}");
    let some = missing(&[("TIM_CONFIG", &file), ("TIM_PROFILE", "a")]);
    assert!(!some.contains("--profile NAME") && !some.contains("TIM_SDKAPPID"), "{some}");
    fs::remove_file(file).unwrap();
}

/// Otherwise a command that is meant for the emulator would change the users of another app.
#[test]
fn an_explicit_profile_takes_precedence_over_variables() {
    let key_file = key_in("explicit.key", "of-profile");
    let text = format!(
        "default = 'local'\n[profile.local]\nsdkappid = 3\nadmin = 'of-profile'\nbase_url = 'http://profile'\n\
         secret_key_file = '{}'\nroot_certificate = '/profile.pem'\nrate_limit = 7\n",
        key_file.display()
    );
    let file = config_in("explicit", &text);
    let environment = |profile| {
        [
            ("TIM_CONFIG", file.as_str()),
            ("TIM_PROFILE", profile),
            ("TIM_SDKAPPID", "not a number"),
            ("TIM_ADMIN", "env"),
            ("TIM_SECRET_KEY", "env"),
            ("TIM_REGION", "atlantis"),
            ("TIM_BASE_URL", "http://env"),
            ("TIM_ROOT_CERTIFICATE", "/env.pem"),
            ("TIM_RATE_LIMIT", "8"),
        ]
    };
    let flag = Flags { profile: Some("local".into()), ..Flags::default() };
    for settings in [resolve(&flag, &environment("")), resolve(&Flags::default(), &environment("local"))] {
        let settings = settings.unwrap();
        assert_eq!(settings.completed(), []);
        assert_eq!(settings.key.as_ref().unwrap().load().unwrap().expose(), "of-profile");
        assert_eq!(value(settings.sdkappid), Some(SdkAppId(3)));
        assert_eq!(value(settings.admin).as_deref(), Some("of-profile"));
        assert_eq!(value(settings.endpoint), Some(ServiceEndpoint::BaseUrl("http://profile".into())));
        assert_eq!(value(settings.root), Some("/profile.pem".into()));
        assert_eq!(value(settings.rate_limit), "7".parse().ok());
    }
    // The default profile was not chosen for this command.
    let default =
        resolve(&Flags { sdkappid: Some(1), region: Some(Region::Tokyo), ..Flags::default() }, &environment(""));
    let default = default.unwrap();
    assert_eq!(value(default.admin).as_deref(), Some("env"));
    assert_eq!(value(default.rate_limit), "8".parse().ok());
    // A flag always is.
    let flags = Flags { admin: Some("flag".into()), region: Some(Region::Tokyo), ..flag };
    let settings = resolve(&flags, &environment("")).unwrap();
    assert_eq!(value(settings.admin).as_deref(), Some("flag"));
    assert_eq!(value(settings.endpoint), Some(ServiceEndpoint::Region(Region::Tokyo)));
    [file.into(), key_file].iter().for_each(|path: &PathBuf| fs::remove_file(path).unwrap());
}

#[test]
fn an_explicit_profile_is_completed_by_variables_and_that_is_known() {
    let file = config_in("completed", "default = 'a'\n[profile.a]\nbase_url = 'http://profile'\nadmin = 'ann'");
    let environment = [("TIM_CONFIG", file.as_str()), ("TIM_SDKAPPID", "1"), ("TIM_SECRET_KEY", "hunter2")];
    let names = |flags: &Flags| {
        let settings = resolve(flags, &environment).unwrap();
        settings.completed().iter().map(|(name, source)| format!("{name}: {source}")).collect::<Vec<_>>()
    };
    let explicit = Flags { profile: Some("a".into()), ..Flags::default() };
    assert_eq!(names(&explicit), ["sdkappid: env TIM_SDKAPPID", "secret_key: env TIM_SECRET_KEY"]);
    assert_eq!(names(&Flags::default()), [""; 0]);
    fs::remove_file(file).unwrap();
}

#[test]
fn a_secret_in_the_wrong_variable_is_not_shown() {
    for secret in ["5bd2850fff3ecb11".repeat(4), format!("eJ{}", "wtzE0LgkAQ".repeat(10))] {
        for name in [
            "TIM_SDKAPPID",
            "TIM_ADMIN",
            "TIM_SECRET_KEY_FILE",
            "TIM_REGION",
            "TIM_BASE_URL",
            "TIM_ROOT_CERTIFICATE",
            "TIM_PROFILE",
            "TIM_CONFIG",
        ] {
            let error = resolve(&Flags::default(), &[(name, &secret)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("TIM_SECRET_KEY") && !error.contains(&secret), "{error}");
        }
        let error = resolve(&Flags::default(), &[("TIM_RATE_LIMIT", &secret)]).unwrap_err().to_string();
        assert!(error.contains("TIM_RATE_LIMIT") && !error.contains(&secret), "{error}");
        let url = format!("http://host/?usersig={secret}");
        assert!(!resolve(&Flags::default(), &[("TIM_BASE_URL", &url)]).unwrap_err().to_string().contains(&secret));
    }
}
