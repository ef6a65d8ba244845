//! Reading of the configuration file.

use super::*;

fn read(text: &str) -> Result<Profiles, (usize, String)> {
    let parsed = parse(text, Some(Path::new("/etc/tim")), Some(Path::new("/home/ann")));
    parsed.map_err(|(at, problem)| (text[..at].matches('\n').count() + 1, problem))
}

const GOOD: &str = r#"
    default = "production"
    [profile.production]
    sdkappid = 1400000000
    admin = "administrator"
    region = "singapore"
    key_command = ["pass", "show", "tim"]
    [profile.local]
    base_url = "http://127.0.0.1:9000"
    secret_key_file = "local.key"
    root_certificate = "root.pem"
"#;

#[test]
fn a_profile_is_a_set_of_settings() {
    let found = read(GOOD).unwrap();
    assert_eq!(found.default.as_deref(), Some("production"));
    let production = &found.profiles["production"];
    assert_eq!(production.sdkappid, Some(SdkAppId(1_400_000_000)));
    assert_eq!(production.admin.as_deref(), Some("administrator"));
    assert_eq!(production.endpoint, Some(ServiceEndpoint::Region(Region::Singapore)));
    assert!(matches!(&production.key, Some(KeySource::Command(words)) if words == &["pass", "show", "tim"]));
    let local = &found.profiles["local"];
    assert_eq!(local.endpoint, Some(ServiceEndpoint::BaseUrl("http://127.0.0.1:9000".into())));
    assert!(matches!(&local.key, Some(KeySource::File(path)) if path == Path::new("/etc/tim/local.key")));
    assert_eq!(local.root.as_deref(), Some(Path::new("/etc/tim/root.pem")));
}

#[test]
fn a_path_may_be_absolute_at_home_or_beside_the_file() {
    let path = |text: &str| resolved(text.to_owned(), Some(Path::new("/etc/tim")), Some(Path::new("/home/ann")));
    assert_eq!(path("/key"), Path::new("/key"));
    assert_eq!(path("~/key"), Path::new("/home/ann/key"));
    assert_eq!(path("a/key"), Path::new("/etc/tim/a/key"));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let known = "the settings are sdkappid, admin, secret_key_file, key_command, region, base_url, root_certificate, rate_limit";
    for (text, line, says) in [
        ("\n\nnonsense", 3, "not TOML"),
        ("defualt = \"a\"", 1, "did you mean `default`?"),
        ("[profile.a]\nsdkapp = 1", 2, "did you mean `sdkappid`?"),
        ("[profile.a]\nsecret_key_flie = 'x'", 2, "did you mean `secret_key_file`?"),
        ("[profile.a]\ncolour = 1", 2, known),
        ("[profile.a]\nsdkappid = 0", 2, "copy the number"),
        ("[profile.a]\nsdkappid = '14'", 2, "copy the number"),
        ("[profile.a]\nregion = 'atlantis'", 2, "not a region"),
        ("[profile.a]\nrate_limit = 0", 2, "at least 1"),
        ("[profile.a]\nrate_limit = 'fast'", 2, "calls per second"),
        ("[profile.a]\nadmin = ''", 2, "a text in quotes"),
        ("[profile.a]\nkey_command = 'pass show tim'", 2, "a list like"),
        ("[profile.a]\nkey_command = []", 2, "a list like"),
        ("[profile.a]\nkey_command = ['a']\nsecret_key_file = 'x'", 3, "not both"),
        ("admin = 'a'", 1, "belongs in a profile"),
        ("profile = 1", 1, "must be a table"),
        ("[profile]\na = 1", 2, "must be a table"),
    ] {
        let (at, problem) = read(text).unwrap_err();
        assert!(problem.contains(says), "{text}: {problem}");
        assert_eq!(at, line, "{text}: {problem}");
    }
}

#[test]
fn a_key_in_the_file_is_rejected_and_never_quoted() {
    for text in [
        "[profile.a]\nsecret_key = 'hunter2'",
        "[profile.a]\nkey = 'hunter2'",
        "[profile.a]\nsdkappid = 'hunter2'",
        "[profile.a]\nsdkappid = hunter2",
        "[profile.a]\nsecret_key = 'hunter2",
        "[profile.a]\nsecret_key = hunter2 hunter2",
        "[profile.a]\nkey_command = 'hunter2'",
        "secret_key: hunter2",
        "[profile.a]\nregion = 'hunter2'",
        "[profile.a]\nrate_limit = 'redi://:hunter2@host'",
    ] {
        let (_, problem) = read(text).unwrap_err();
        assert!(!problem.contains("hunter2"), "{problem}");
    }
    let (_, problem) = read("[profile.a]\nSecret-Key = 'x'").unwrap_err();
    assert!(problem.contains("secret_key_file") && problem.contains("key_command"), "{problem}");
}

#[test]
fn a_missing_profile_is_reported_with_the_existing_ones() {
    let mut found = read(GOOD).unwrap();
    let flag = |name: &str| Resolved::new(name.to_owned(), Source::Flag("--profile"));
    let mut error = |name: &Resolved<String>| found.take(name, Path::new("/f")).unwrap_err().to_string();
    let near = error(&flag("prodution"));
    assert_eq!(near, "/f: cannot find the profile \"prodution\"; did you mean \"production\"?");
    assert_eq!(error(&flag("x")), "/f: cannot find the profile \"x\"; its profiles are local, production");
    let of_file = Resolved::new("hunter2".to_owned(), Source::File("/f".into()));
    let default = error(&of_file);
    assert!(default.contains("`default` names a profile") && !default.contains("hunter2"), "{default}");
    let empty = Profiles::default().take(&flag("x"), Path::new("/f")).unwrap_err().to_string();
    assert!(empty.contains("[profile.production]"), "{empty}");
}

#[test]
fn a_secret_is_neither_a_value_nor_a_name() {
    let key = "5bd2850fff3ecb11".repeat(4);
    for line in
        ["admin = 'KEY'", "secret_key_file = 'KEY'", "base_url = 'http://h/KEY'", "key_command = ['KEY']", "KEY = 1"]
    {
        let (at, problem) = read(&format!("[profile.a]\n{line}").replace("KEY", &key)).unwrap_err();
        assert!(!problem.contains(&key) && at == 2, "{problem}");
    }
    let (_, problem) = read(&format!("[profile.{key}]\nadmin = 'a'")).unwrap_err();
    assert!(!problem.contains(&key) && problem.contains("TIM_SECRET_KEY"), "{problem}");
}
