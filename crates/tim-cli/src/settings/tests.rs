//! Which of several settings counts.

use std::fs;

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
    resolve(flags, environment).unwrap().key.unwrap().value.load().unwrap().expose().to_owned()
}

fn value<T>(found: Option<Found<T>>) -> Option<T> {
    found.map(|found| found.value)
}

#[test]
fn a_flag_goes_before_a_variable() {
    let environment = [("TIM_SDKAPPID", "2"), ("TIM_ADMIN", "env"), ("TIM_REGION", "seoul")];
    let flags =
        Flags { sdkappid: Some(1), admin: Some("flag".into()), region: Some(Region::Tokyo), ..Flags::default() };
    let settings = resolve(&flags, &environment).unwrap();
    assert_eq!((value(settings.sdkappid), value(settings.admin)), (Some(SdkAppId(1)), Some("flag".into())));
    assert_eq!(value(settings.place), Some(Place::Region(Region::Tokyo)));
    let settings = resolve(&Flags::default(), &environment).unwrap();
    assert_eq!((value(settings.sdkappid), value(settings.admin)), (Some(SdkAppId(2)), Some("env".into())));
    assert_eq!(value(settings.place), Some(Place::Region(Region::Seoul)));
}

#[test]
fn a_wrong_variable_does_no_harm_where_a_flag_goes_before_it() {
    let wrong = [("TIM_SDKAPPID", "app"), ("TIM_REGION", "atlantis")];
    let flags = Flags { sdkappid: Some(1), region: Some(Region::Tokyo), ..Flags::default() };
    resolve(&flags, &wrong).unwrap();
    resolve(&Flags { region: None, ..flags }, &wrong).unwrap_err();
}

#[test]
fn a_base_url_goes_before_a_region_that_stands_equally_close() {
    let both = [("TIM_BASE_URL", "http://env"), ("TIM_REGION", "seoul")];
    let place = |flags: &Flags| value(resolve(flags, &both).unwrap().place);
    let url = |text: &str| Some(Place::BaseUrl(text.to_owned()));
    let region = Flags { region: Some(Region::Tokyo), ..Flags::default() };
    assert_eq!(place(&Flags::default()), url("http://env"));
    assert_eq!(place(&region), Some(Place::Region(Region::Tokyo)));
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
fn a_key_file_that_is_none_is_named() {
    let empty = key_in("empty", "\n");
    let missing = empty.with_extension("missing");
    for path in [&empty, &missing] {
        let error = key_file(path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
    fs::remove_file(empty).unwrap();
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value) in [("TIM_SDKAPPID", "app"), ("TIM_SDKAPPID", "0"), ("TIM_REGION", "atlantis")] {
        let error = resolve(&Flags::default(), &[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} is wrong: {value:?} is no")), "{error}");
    }
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let error = resolve(&Flags::default(), &[]).unwrap().client(false).unwrap_err().message();
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
fn a_variable_goes_before_a_profile_and_each_value_knows_where_it_is_from() {
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
        settings.place.as_ref().map(|found| source(&found.source)),
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
    assert!(error.contains("no profile \"c\"") && error.contains("a, b"), "{error}");
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
    assert_eq!(error, "there is no configuration file /no/such.toml, which env TIM_CONFIG names");
    let error = resolve(&Flags::default(), &[("TIM_PROFILE", "a")]).unwrap_err().to_string();
    assert!(error.starts_with("env TIM_PROFILE names a profile"), "{error}");
}

#[test]
fn what_is_missing_names_the_profiles_when_none_is_chosen() {
    let file = config_in("missing", "[profile.a]\nsdkappid = 1\n[profile.b]\nadmin = 'x'");
    let missing = |environment: &[(&str, &str)]| {
        resolve(&Flags::default(), environment).unwrap().client(false).unwrap_err().message()
    };
    let none = missing(&[("TIM_CONFIG", &file)]);
    assert!(none.contains("--profile NAME") && none.contains("a, b"), "{none}");
    let some = missing(&[("TIM_CONFIG", &file), ("TIM_PROFILE", "a")]);
    assert!(!some.contains("--profile NAME") && !some.contains("TIM_SDKAPPID"), "{some}");
    fs::remove_file(file).unwrap();
}
