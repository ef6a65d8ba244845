//! Reads the configuration file, which contains named profiles. A profile is a set of settings.
//!
//! The TOML is read without serde, so that no error quotes a value, which may be a key.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tim_follow::{Region, SdkAppId};
use toml_edit::{Document, Item, TableLike, Value};

use super::error::ProfilesError;
use super::secret::{HINT, has_secret, is_secret};
use super::{KeySource, RateLimit, Resolved, ServiceEndpoint, Source};
use crate::bounded;

const AT_THE_TOP: [&str; 2] = ["default", "profile"];
/// The settings of a profile.
pub(crate) const IN_A_PROFILE: [&str; 8] =
    ["sdkappid", "admin", "secret_key_file", "key_command", "region", "base_url", "root_certificate", "rate_limit"];
/// Names that users choose for a key in the file itself.
const LITERAL_KEYS: [&str; 5] = ["secret_key", "secretkey", "key", "secret", "usersig"];

/// The contents of a configuration file.
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
    pub(crate) key: Option<KeySource>,
    pub(crate) endpoint: Option<ServiceEndpoint>,
    pub(crate) root: Option<PathBuf>,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Profile {
    /// The file with the secret key.
    pub(crate) fn key_file(&self) -> Option<&Path> {
        match &self.key {
            Some(KeySource::File(path)) => Some(path),
            _ => None,
        }
    }
}

/// A problem and the byte where it is.
type Problem = (usize, String);
type Read<T> = Result<T, Problem>;

impl Profiles {
    /// Reads a file; `None` if it does not exist. A path in it that starts with `~/` is below
    /// `home`; another relative path is in the directory of the file.
    pub(crate) fn read(path: &Path, home: Option<&Path>) -> Result<Option<Self>, ProfilesError> {
        match bounded::file(path) {
            Ok(text) => Self::parse(&text, path, home).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(ProfilesError { path: path.to_owned(), line: None, problem: format!("cannot read it: {error}") })
            }
        }
    }

    /// Parses the text of the file at `path`.
    pub(super) fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<Self, ProfilesError> {
        parse(text, path.parent(), home).map_err(|(at, problem)| {
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            ProfilesError { path: path.to_owned(), line: Some(line), problem }
        })
    }

    /// Removes and returns the profile of this name, or reports that the file at `path` does not
    /// have it.
    pub(super) fn take(&mut self, name: &Resolved<String>, path: &Path) -> Result<Profile, ProfilesError> {
        self.profiles.remove(&name.value).ok_or_else(|| match name.source {
            // The name is a value of the file.
            Source::File(_) => {
                ProfilesError::new(path, format!("`default` names a profile that is not in the file{}", self.hint()))
            }
            _ => self.missing(&name.value, path),
        })
    }

    /// The error about a profile that is not in the file at `path`.
    pub(super) fn missing(&self, name: &str, path: &Path) -> ProfilesError {
        let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        let problem = match like(name, &known) {
            Some(near) => format!("cannot find the profile {name:?}; did you mean {near:?}?"),
            None => format!("cannot find the profile {name:?}{}", self.hint()),
        };
        ProfilesError::new(path, problem)
    }

    fn hint(&self) -> String {
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        match names.is_empty() {
            true => ", nor another one: add a line like [profile.production]".to_owned(),
            false => format!("; its profiles are {}", names.join(", ")),
        }
    }
}

fn parse(text: &str, directory: Option<&Path>, home: Option<&Path>) -> Read<Profiles> {
    // Only the message: the full error quotes the line.
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        (at, format!("not TOML: {}", error.message()))
    })?;
    let mut found = Profiles::default();
    for (key, item) in document.iter() {
        match key {
            "default" => found.default = Some(string(item)?),
            "profile" => {
                let profiles = table(item)?;
                for (name, profile) in profiles.iter() {
                    profile_name(name).map_err(|problem| (start_of_key(profiles, name), problem))?;
                    let profile = read_profile(table(profile)?, directory, home)?;
                    found.profiles.insert(name.to_owned(), profile);
                }
            }
            other if IN_A_PROFILE.contains(&other) => {
                let problem = format!("`{other}` belongs in a profile: put it below a line like [profile.production]");
                return Err((start_of_key(document.as_table(), key), problem));
            }
            other => return Err(unknown(start_of_key(document.as_table(), key), other, &AT_THE_TOP)),
        }
    }
    Ok(found)
}

fn read_profile(table: &dyn TableLike, directory: Option<&Path>, home: Option<&Path>) -> Read<Profile> {
    let mut profile = Profile::default();
    let (mut region, mut base_url) = (None, None);
    for (key, value) in table.iter() {
        let at = start_of_key(table, key);
        let of_value = |problem: String| (start(value), problem);
        match key {
            "sdkappid" => profile.sdkappid = Some(app_id(value)?),
            "admin" => profile.admin = Some(string(value)?),
            "secret_key_file" => {
                let path = resolved(string(value)?, directory, home);
                set_key(&mut profile, KeySource::File(path), at)?;
            }
            "key_command" => set_key(&mut profile, KeySource::Command(words(value)?), at)?,
            "region" => region = Some(self::region(&string(value)?).map_err(of_value)?),
            "base_url" => base_url = Some(self::base_url(string(value)?).map_err(of_value)?),
            "root_certificate" => profile.root = Some(resolved(string(value)?, directory, home)),
            "rate_limit" => profile.rate_limit = Some(rate_limit(value)?),
            other => return Err(unknown(at, other, &IN_A_PROFILE)),
        }
    }
    profile.endpoint = ServiceEndpoint::of(base_url, region);
    Ok(profile)
}

/// Checks the name of a profile, which messages show.
pub(super) fn profile_name(name: &str) -> Result<(), String> {
    match name {
        "" => Err("the name of a profile is empty".to_owned()),
        name if is_secret(name) => Err(format!("the name of a profile is invalid: {HINT}")),
        _ => Ok(()),
    }
}

/// The region of this name.
pub(super) fn region(name: &str) -> Result<Region, String> {
    name.trim().parse().map_err(|_| format!("not a region: use one of {}", Region::ALL.map(Region::name).join(", ")))
}

/// A base URL without secrets. The client checks the rest.
pub(super) fn base_url(url: String) -> Result<String, String> {
    match has_secret(&url) {
        true => Err(HINT.to_owned()),
        false => Ok(url),
    }
}

fn set_key(profile: &mut Profile, key: KeySource, at: usize) -> Read<()> {
    match profile.key.replace(key) {
        None => Ok(()),
        Some(_) => Err((at, "a profile has either secret_key_file or key_command, not both".to_owned())),
    }
}

fn unknown(at: usize, key: &str, known: &[&str]) -> Problem {
    (at, unknown_setting(key, known))
}

/// The problem with a setting that does not exist.
pub(super) fn unknown_setting(key: &str, known: &[&str]) -> String {
    if LITERAL_KEYS.contains(&key.to_lowercase().replace('-', "_").as_str()) {
        return "the configuration file must not contain a key: put it into a file of its own (chmod 600) and set \
                secret_key_file to its name, or set key_command to a program that prints it"
            .to_owned();
    }
    match like(key, known) {
        _ if is_secret(key) => "not a setting (hidden: looks like a key)".to_owned(),
        Some(near) => format!("`{key}` is not a setting; did you mean `{near}`?"),
        None => format!("`{key}` is not a setting; the settings are {}", known.join(", ")),
    }
}

/// The known word that is most like `word`, if one is.
pub(crate) fn like<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|known| (strsim::jaro_winkler(word, known), *known)).filter(|(score, _)| *score > 0.8);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, known)| known)
}

/// The problem with an invalid SDKAppID.
pub(super) const NOT_AN_APP: &str = "not an SDKAppID: copy the number from the console, for example 1400000000";

fn app_id(item: &Item) -> Read<SdkAppId> {
    let number = item.as_integer().and_then(|number| number.try_into().ok());
    let wrong = || (start(item), NOT_AN_APP.to_owned());
    number.filter(|number| *number > 0).map(SdkAppId).ok_or_else(wrong)
}

fn rate_limit(item: &Item) -> Read<RateLimit> {
    let text = match item.as_integer() {
        Some(number) => number.to_string(),
        None => string(item)?,
    };
    text.parse().map_err(|error: <RateLimit as FromStr>::Err| (start(item), error.to_string()))
}

/// A text that is not a secret.
fn string(item: &Item) -> Read<String> {
    text(item.as_str()).map_err(|problem| (start(item), problem))
}

fn text(value: Option<&str>) -> Result<String, String> {
    match value {
        Some(text) if is_secret(text) => Err(HINT.to_owned()),
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err("expected a text in quotes".to_owned()),
    }
}

fn words(item: &Item) -> Read<Vec<String>> {
    let wrong = || (start(item), "expected a list like [\"pass\", \"show\", \"tim\"]".to_owned());
    let words = item.as_array().filter(|words| !words.is_empty()).ok_or_else(wrong)?;
    let word =
        |word: &Value| text(word.as_str()).map_err(|problem| (word.span().map_or(0, |span| span.start), problem));
    words.iter().map(word).collect()
}

fn table(item: &Item) -> Read<&dyn TableLike> {
    let wrong = || (start(item), "this must be a table: profiles look like [profile.production]".to_owned());
    item.as_table_like().ok_or_else(wrong)
}

/// The first byte of a value.
fn start(item: &Item) -> usize {
    item.span().map_or(0, |span| span.start)
}

/// The first byte of a key of a table.
fn start_of_key(table: &dyn TableLike, key: &str) -> usize {
    table.key(key).and_then(|key| key.span()).map_or(0, |span| span.start)
}

fn resolved(path: String, directory: Option<&Path>, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home, directory) {
        (Some(below), Some(home), _) => home.join(below),
        (None, _, Some(directory)) => directory.join(path),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests;
