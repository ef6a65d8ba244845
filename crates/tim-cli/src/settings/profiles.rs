//! The configuration file: named profiles, each a set of settings.
//!
//! It is read by hand from the parsed TOML, so that no error quotes a value: somebody may have put a key there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use tim_follow::{Region, SdkAppId};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{KeyFrom, Place};

const AT_THE_TOP: [&str; 2] = ["default", "profile"];
const IN_A_PROFILE: [&str; 7] =
    ["sdkappid", "admin", "secret_key_file", "key_command", "region", "base_url", "root_certificate"];
/// What people would call a key that stands in the file itself.
const LITERAL_KEYS: [&str; 5] = ["secret_key", "secretkey", "key", "secret", "usersig"];

/// What a configuration file says.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    pub(crate) default: Option<String>,
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// The settings of one profile.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    pub(crate) sdkappid: Option<SdkAppId>,
    pub(crate) admin: Option<String>,
    pub(crate) key: Option<KeyFrom>,
    pub(crate) place: Option<Place>,
    pub(crate) root: Option<PathBuf>,
}

/// Why a configuration file is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub(crate) struct ProfilesError {
    path: PathBuf,
    line: Option<usize>,
    problem: String,
}

/// A problem and the byte where it is.
type Problem = (usize, String);
type Read<T> = Result<T, Problem>;
type Value<'a> = Spanned<DeValue<'a>>;

impl Profiles {
    /// Reads a file; `None` when there is none. Paths in it that start with `~/` are below `home`, other relative ones
    /// beside the file.
    pub(crate) fn read(path: &Path, home: Option<&Path>) -> Result<Option<Self>, ProfilesError> {
        let failed = |line, problem| ProfilesError { path: path.to_owned(), line, problem };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(None, format!("cannot be read: {error}"))),
        };
        let parsed = parse(&text, path.parent(), home);
        parsed.map(Some).map_err(|(at, problem)| failed(Some(text[..at].matches('\n').count() + 1), problem))
    }

    /// Takes the profile of this name out, or says that there is none in the file at `path`.
    pub(crate) fn take(&mut self, name: &str, path: &Path) -> Result<Profile, ProfilesError> {
        self.profiles.remove(name).ok_or_else(|| {
            let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            let problem = match (like(name, &known), known.is_empty()) {
                (Some(near), _) => format!("there is no profile {name:?}; did you mean {near:?}?"),
                (None, true) => format!("there is no profile {name:?}, nor any other: add [profile.{name}]"),
                (None, false) => format!("there is no profile {name:?}: there are {}", known.join(", ")),
            };
            ProfilesError { path: path.to_owned(), line: None, problem }
        })
    }
}

fn parse(text: &str, directory: Option<&Path>, home: Option<&Path>) -> Read<Profiles> {
    // The message alone: the full error would quote the line.
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        (at, format!("this is not TOML: {}", error.message()))
    })?;
    let mut found = Profiles::default();
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "default" => found.default = Some(string(value)?),
            "profile" => {
                for (name, profile) in table(value)? {
                    let profile = read_profile(table(profile)?, directory, home)?;
                    found.profiles.insert(name.get_ref().to_string(), profile);
                }
            }
            other if IN_A_PROFILE.contains(&other) => {
                let problem = format!("`{other}` stands in a profile: put it below a line like [profile.production]");
                return Err((key.span().start, problem));
            }
            other => return Err(unknown(key.span().start, other, &AT_THE_TOP)),
        }
    }
    Ok(found)
}

fn read_profile(table: &DeTable<'_>, directory: Option<&Path>, home: Option<&Path>) -> Read<Profile> {
    let mut profile = Profile::default();
    let (mut region, mut base_url) = (None, None);
    for (key, value) in table {
        let at = key.span().start;
        match key.get_ref().as_ref() {
            "sdkappid" => profile.sdkappid = Some(app_id(value)?),
            "admin" => profile.admin = Some(string(value)?),
            "secret_key_file" => {
                let path = resolved(string(value)?, directory, home);
                set_key(&mut profile, KeyFrom::File(path), at)?;
            }
            "key_command" => set_key(&mut profile, KeyFrom::Command(words(value)?), at)?,
            "region" => {
                let parsed = string(value)?.parse::<Region>();
                region = Some(parsed.map_err(|error| (value.span().start, error.to_string()))?);
            }
            "base_url" => base_url = Some(string(value)?),
            "root_certificate" => profile.root = Some(resolved(string(value)?, directory, home)),
            other => return Err(unknown(at, other, &IN_A_PROFILE)),
        }
    }
    profile.place = Place::of(base_url, region);
    Ok(profile)
}

fn set_key(profile: &mut Profile, key: KeyFrom, at: usize) -> Read<()> {
    match profile.key.replace(key) {
        None => Ok(()),
        Some(_) => Err((at, "a profile has either secret_key_file or key_command, not both".to_owned())),
    }
}

fn unknown(at: usize, key: &str, known: &[&str]) -> Problem {
    let problem = if LITERAL_KEYS.contains(&key.to_lowercase().replace('-', "_").as_str()) {
        "a key does not belong into this file: put it into a file of its own (chmod 600) and name that as \
         secret_key_file, or name a program that prints it as key_command"
            .to_owned()
    } else {
        match like(key, known) {
            Some(near) => format!("`{key}` is no setting; did you mean `{near}`?"),
            None => format!("`{key}` is no setting: they are {}", known.join(", ")),
        }
    };
    (at, problem)
}

/// The known word that is most like `word`, if one is.
pub(crate) fn like<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|known| (strsim::jaro_winkler(word, known), *known)).filter(|(score, _)| *score > 0.8);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, known)| known)
}

fn app_id(value: &Value<'_>) -> Read<SdkAppId> {
    let number = match value.get_ref() {
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let wrong = || (value.span().start, "sdkappid is a number from the console such as 1400000000".to_owned());
    number.filter(|number| *number > 0).map(SdkAppId).ok_or_else(wrong)
}

fn string(value: &Value<'_>) -> Read<String> {
    match value.get_ref() {
        DeValue::String(text) if !text.is_empty() => Ok(text.to_string()),
        _ => Err((value.span().start, "this must be a text in quotes".to_owned())),
    }
}

fn words(value: &Value<'_>) -> Read<Vec<String>> {
    let wrong = || (value.span().start, "key_command is a list like [\"pass\", \"show\", \"tim\"]".to_owned());
    match value.get_ref() {
        DeValue::Array(words) if !words.is_empty() => {
            words.iter().map(|word| string(word).map_err(|_| wrong())).collect()
        }
        _ => Err(wrong()),
    }
}

fn table<'a, 'i>(value: &'a Value<'i>) -> Read<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table),
        _ => Err((value.span().start, "this must be a table: profiles look like [profile.production]".to_owned())),
    }
}

fn resolved(path: String, directory: Option<&Path>, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home, directory) {
        (Some(below), Some(home), _) => home.join(below),
        (None, _, Some(directory)) => directory.join(path),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(production.place, Some(Place::Region(Region::Singapore)));
        assert!(matches!(&production.key, Some(KeyFrom::Command(words)) if words == &["pass", "show", "tim"]));
        let local = &found.profiles["local"];
        assert_eq!(local.place, Some(Place::BaseUrl("http://127.0.0.1:9000".into())));
        assert!(matches!(&local.key, Some(KeyFrom::File(path)) if path == Path::new("/etc/tim/local.key")));
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
        let known = "they are sdkappid, admin, secret_key_file, key_command, region, base_url, root_certificate";
        for (text, line, says) in [
            ("\n\nnonsense", 3, "not TOML"),
            ("defualt = \"a\"", 1, "did you mean `default`?"),
            ("[profile.a]\nsdkapp = 1", 2, "did you mean `sdkappid`?"),
            ("[profile.a]\nsecret_key_flie = 'x'", 2, "did you mean `secret_key_file`?"),
            ("[profile.a]\ncolour = 1", 2, known),
            ("[profile.a]\nsdkappid = 0", 2, "a number from the console"),
            ("[profile.a]\nsdkappid = '14'", 2, "a number from the console"),
            ("[profile.a]\nregion = 'atlantis'", 2, "is not a region"),
            ("[profile.a]\nadmin = ''", 2, "a text in quotes"),
            ("[profile.a]\nkey_command = 'pass show tim'", 2, "a list like"),
            ("[profile.a]\nkey_command = []", 2, "a list like"),
            ("[profile.a]\nkey_command = ['a']\nsecret_key_file = 'x'", 3, "not both"),
            ("admin = 'a'", 1, "stands in a profile"),
            ("profile = 1", 1, "must be a table"),
            ("[profile]\na = 1", 2, "must be a table"),
        ] {
            let (at, problem) = read(text).unwrap_err();
            assert!(problem.contains(says), "{text}: {problem}");
            assert_eq!(at, line, "{text}: {problem}");
        }
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_never_quoted() {
        for text in [
            "[profile.a]\nsecret_key = 'hunter2'",
            "[profile.a]\nkey = 'hunter2'",
            "[profile.a]\nsdkappid = 'hunter2'",
            "[profile.a]\nsdkappid = hunter2",
            "[profile.a]\nsecret_key = 'hunter2",
            "[profile.a]\nsecret_key = hunter2 hunter2",
            "[profile.a]\nkey_command = 'hunter2'",
            "secret_key: hunter2",
        ] {
            let (_, problem) = read(text).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        let (_, problem) = read("[profile.a]\nSecret-Key = 'x'").unwrap_err();
        assert!(problem.contains("secret_key_file") && problem.contains("key_command"), "{problem}");
    }

    #[test]
    fn a_profile_that_is_not_there_names_those_that_are() {
        let mut found = read(GOOD).unwrap();
        let mut error = |name: &str| found.take(name, Path::new("/f")).unwrap_err().to_string();
        assert_eq!(error("prodution"), "/f: there is no profile \"prodution\"; did you mean \"production\"?");
        assert_eq!(error("x"), "/f: there is no profile \"x\": there are local, production");
        assert!(Profiles::default().take("x", Path::new("/f")).unwrap_err().to_string().contains("[profile.x]"));
    }
}
