//! Changes the configuration file, and keeps its comments and its order.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tim_follow::{Client, Config, ConfigError, SdkAppId, SecretKey, UserId};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::environment::process_environment;
use super::file::home;
use super::profiles::{IN_A_PROFILE, NOT_AN_APP, Profiles, base_url, profile_name, region, unknown_setting};
use super::secret::{HINT, is_secret};
use super::{Flags, RateLimit, Selection, SettingsError, config_path};
use crate::bounded;
use crate::exit::Failure;

/// A setting of a profile that was written.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) file: PathBuf,
    pub(crate) profile: String,
    /// The value without a password.
    pub(crate) shown: String,
    /// The setting that was removed, because a profile has one of the two.
    pub(crate) removed: Option<&'static str>,
    /// The file that the setting names, if it does not exist.
    pub(crate) missing_file: Option<PathBuf>,
}

/// Why a setting is not written. No message contains the value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("cannot set {setting}: {problem}")]
    Value { setting: String, problem: String },
    #[error("cannot set {setting}: no profile is chosen: use --profile NAME, or `tim config use NAME` first")]
    NoProfile { setting: String },
    #[error("cannot change {}: it has another form than [profile.NAME]; edit it by hand", .0.display())]
    Form(PathBuf),
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        Self::usage(error)
    }
}

/// Makes `name` the default profile; returns the file that was changed.
pub(crate) fn set_default(flags: &Flags, name: &str) -> Result<PathBuf, Failure> {
    let file = config_path(flags)?;
    let _lock = lock(&file);
    let text = read_text(&file)?;
    let profiles = Profiles::parse(&text, &file, None).map_err(SettingsError::from)?;
    if !profiles.profiles.contains_key(name) {
        return Err(SettingsError::from(profiles.missing(name, &file)).into());
    }
    let mut document = parse(&text, &file)?;
    match document.get_mut("default").and_then(Item::as_value_mut) {
        Some(value) => replace(value, Value::from(name)),
        None => _ = document.insert("default", toml_edit::value(name)),
    }
    write(&file, &document)?;
    Ok(file)
}

/// Sets one setting of the profile that `flags` and the environment choose, and creates the profile
/// if it does not exist.
pub(crate) fn set(flags: &Flags, setting: &str, words: &[String]) -> Result<Edited, Failure> {
    let file = config_path(flags)?;
    let profile = chosen(flags, setting)?;
    let invalid = |problem: String| EditError::Value { setting: setting.to_owned(), problem };
    profile_name(&profile).map_err(invalid)?;
    let (value, shown) = checked(setting, words)?;

    let not_written = |error| SettingsError::NotWritten { path: file.clone(), error };
    fs::create_dir_all(directory_of(&file)).map_err(not_written)?;
    let _lock = lock(&file);
    let text = if file.exists() { read_text(&file)? } else { String::new() };
    let profiles = Profiles::parse(&text, &file, None).map_err(SettingsError::from)?;
    let mut document = parse(&text, &file)?;
    let is_new = !profiles.profiles.contains_key(&profile);
    // Comments at the end of the file stay with the profile before them.
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let table = profile_table(&mut document, &profile).ok_or_else(|| EditError::Form(file.clone()))?;
    let removed = other_of_pair(setting).filter(|other| table.remove(other).is_some());
    match table.get_mut(setting).and_then(Item::as_value_mut) {
        Some(old) => replace(old, value),
        None => _ = table.insert(setting, Item::Value(value)),
    }
    let new_table = document.get_mut("profile").and_then(|profiles| profiles.get_mut(&profile));
    if is_new
        && !trailing.trim().is_empty()
        && let Some(table) = new_table.and_then(Item::as_table_mut)
    {
        table.decor_mut().set_prefix(format!("{}\n\n", trailing.trim_end()));
        document.set_trailing("");
    }
    // Never writes a file that cannot be read.
    let home = home(&process_environment);
    let profiles = Profiles::parse(&document.to_string(), &file, home.as_deref()).map_err(SettingsError::from)?;
    let missing_file = match (setting, profiles.profiles.get(&profile)) {
        ("secret_key_file", Some(profile)) => profile.key_file().map(Path::to_owned),
        ("root_certificate", Some(profile)) => profile.root.clone(),
        _ => None,
    };
    write(&file, &document)?;
    Ok(Edited { file, profile, shown, removed, missing_file: missing_file.filter(|path| !path.exists()) })
}

/// The name of the chosen profile. It need not be in the file, and neither need the file exist.
fn chosen(flags: &Flags, setting: &str) -> Result<String, Failure> {
    if let Some(name) = &flags.profile {
        return Ok(name.clone());
    }
    let name = match Selection::read(flags) {
        Ok(selection) => selection.name.map(|name| name.value),
        Err(SettingsError::NoFile { .. }) => {
            process_environment("TIM_PROFILE").and_then(|name| name.into_string().ok())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(name.filter(|name| !name.is_empty()).ok_or_else(|| EditError::NoProfile { setting: setting.to_owned() })?)
}

/// The value for the file, and what may be shown of it.
fn checked(setting: &str, words: &[String]) -> Result<(Value, String), EditError> {
    let invalid = |problem: String| EditError::Value { setting: setting.to_owned(), problem };
    if !IN_A_PROFILE.contains(&setting) {
        let setting = if is_secret(setting) { "this".to_owned() } else { setting.to_owned() };
        return Err(EditError::Value { problem: unknown_setting(&setting, &IN_A_PROFILE), setting });
    }
    if words.iter().any(|word| is_secret(word)) {
        return Err(invalid(HINT.to_owned()));
    }
    if setting == "key_command" {
        let program = words.first().cloned().unwrap_or_default();
        if words.len() == 1 && (program.contains(char::is_whitespace) || program.starts_with('[')) {
            let problem = "write the program and its arguments as separate words, for example `tim config set key_command \
                           pass show tim`";
            return Err(invalid(problem.to_owned()));
        }
        return Ok((Value::Array(words.iter().collect::<Array>()), format!("command {program}")));
    }
    let [text] = words else { return Err(invalid("expected one value".to_owned())) };
    let value = match setting {
        "sdkappid" => match text.parse::<u32>() {
            Ok(number) if number > 0 => Value::from(i64::from(number)),
            _ => return Err(invalid(NOT_AN_APP.to_owned())),
        },
        "region" => region(text).map(|region| Value::from(region.name())).map_err(invalid)?,
        "base_url" => valid_base_url(text).map(Value::from).map_err(invalid)?,
        "rate_limit" => {
            let limit: RateLimit =
                text.parse().map_err(|error: super::ParseRateLimitError| invalid(error.to_string()))?;
            let value = match &limit {
                RateLimit::Redis(url) if url.may_have_password() => {
                    let problem = "the URL can contain a password, which other users can see in arguments: write it into the \
                                   file with an editor";
                    return Err(invalid(problem.to_owned()));
                }
                RateLimit::Calls(calls) => Value::from(i64::from(calls.get())),
                RateLimit::Unlimited => Value::from("none"),
                RateLimit::Redis(url) => Value::from(url.expose()),
            };
            return Ok((value, limit.to_string()));
        }
        "admin" if text.is_empty() || text.len() > UserId::MAX_BYTES => {
            return Err(invalid("a user id has 1 to 32 bytes".to_owned()));
        }
        _ if text.is_empty() => return Err(invalid("the value is empty".to_owned())),
        _ => Value::from(text.as_str()),
    };
    Ok((value, text.clone()))
}

/// A base URL that the client accepts.
fn valid_base_url(text: &str) -> Result<&str, String> {
    base_url(text.to_owned())?;
    let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("none")).base_url(text);
    match Client::new(config) {
        Err(ConfigError::BaseUrl { problem, .. }) => Err(problem.to_owned()),
        _ => Ok(text),
    }
}

/// A profile has a key file or a key command. A region has no effect beside a base URL.
fn other_of_pair(setting: &str) -> Option<&'static str> {
    match setting {
        "secret_key_file" => Some("key_command"),
        "key_command" => Some("secret_key_file"),
        "region" => Some("base_url"),
        _ => None,
    }
}

/// The table of a profile; `None` if the file writes profiles in an unusual form.
fn profile_table<'a>(document: &'a mut DocumentMut, profile: &str) -> Option<&'a mut dyn toml_edit::TableLike> {
    let mut parent = Table::new();
    parent.set_implicit(true);
    let profiles = document.entry("profile").or_insert(Item::Table(parent)).as_table_like_mut()?;
    profiles.entry(profile).or_insert(toml_edit::table()).as_table_like_mut()
}

/// Replaces a value, and keeps the whitespace and the comment around it.
fn replace(old: &mut Value, mut new: Value) {
    *new.decor_mut() = old.decor().clone();
    *old = new;
}

fn read_text(file: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::usage(format!("cannot read the configuration file {}: {error}", file.display()));
    bounded::file(file).map_err(failed)
}

/// The file was parsed before, so an error here is unlikely. Its message would quote the file.
fn parse(text: &str, file: &Path) -> Result<DocumentMut, EditError> {
    text.parse().map_err(|_| EditError::Form(file.to_owned()))
}

fn write(file: &Path, document: &DocumentMut) -> Result<(), SettingsError> {
    let failed = |error| SettingsError::NotWritten { path: file.to_owned(), error };
    replace_file(file, &document.to_string()).map_err(failed)
}

/// Locks the directory of the file, so that no change of another process is lost between reading
/// and writing. The file itself cannot be locked, because it is replaced. Where a directory cannot
/// be locked, as on Windows, the last change wins.
fn lock(file: &Path) -> Option<File> {
    let directory = File::open(directory_of(&target_of(file).ok()?)).ok()?;
    directory.lock().ok()?;
    Some(directory)
}

/// The target of a symbolic link, or the file.
fn target_of(file: &Path) -> io::Result<PathBuf> {
    if file.is_symlink() { fs::canonicalize(file) } else { Ok(file.to_owned()) }
}

fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file atomically; only the user can read the new one. A symbolic link keeps pointing
/// to the file.
fn replace_file(file: &Path, text: &str) -> io::Result<()> {
    let target = target_of(file)?;
    // tempfile creates it with mode 0600.
    let mut temporary = NamedTempFile::new_in(directory_of(&target))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target)?;
    Ok(())
}
