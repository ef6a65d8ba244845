//! Reads the configuration file, which contains named profiles. A profile is a set of settings.
//!
//! The parsed TOML is read without serde, so that no error quotes a value, which may be a key.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use tim_follow::{Region, SdkAppId};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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
type Value<'a> = Spanned<DeValue<'a>>;

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
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        (at, format!("not TOML: {}", error.message()))
    })?;
    let mut found = Profiles::default();
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "default" => found.default = Some(string(value)?),
            "profile" => {
                for (name, profile) in table(value)? {
                    profile_name(name.get_ref()).map_err(|problem| (name.span().start, problem))?;
                    let profile = read_profile(table(profile)?, directory, home)?;
                    found.profiles.insert(name.get_ref().to_string(), profile);
                }
            }
            other if IN_A_PROFILE.contains(&other) => {
                let problem = format!("`{other}` belongs in a profile: put it below a line like [profile.production]");
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
        let of_value = |problem: String| (value.span().start, problem);
        match key.get_ref().as_ref() {
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

fn app_id(value: &Value<'_>) -> Read<SdkAppId> {
    let number = match value.get_ref() {
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let wrong = || (value.span().start, NOT_AN_APP.to_owned());
    number.filter(|number| *number > 0).map(SdkAppId).ok_or_else(wrong)
}

fn rate_limit(value: &Value<'_>) -> Read<RateLimit> {
    let limit = match value.get_ref() {
        DeValue::Integer(number) => number.as_str().parse(),
        _ => string(value)?.parse::<RateLimit>(),
    };
    limit.map_err(|error| (value.span().start, error.to_string()))
}

/// A text that is not a secret.
fn string(value: &Value<'_>) -> Read<String> {
    let problem = match value.get_ref() {
        DeValue::String(text) if is_secret(text) => HINT,
        DeValue::String(text) if !text.is_empty() => return Ok(text.to_string()),
        _ => "expected a text in quotes",
    };
    Err((value.span().start, problem.to_owned()))
}

fn words(value: &Value<'_>) -> Read<Vec<String>> {
    let wrong = || (value.span().start, "expected a list like [\"pass\", \"show\", \"tim\"]".to_owned());
    match value.get_ref() {
        DeValue::Array(words) if !words.is_empty() => words.iter().map(string).collect(),
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
mod tests;
