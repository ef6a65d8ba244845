//! Why settings cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use tim_follow::sig::KeyError;

use super::Source;
use super::secret::HINT;
use crate::exit::Failure;

/// Why settings cannot be used. No message contains a secret or a value of the configuration file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{}", missing(.what, .profiles))]
    Missing {
        what: Vec<&'static str>,
        /// The profiles that can be chosen; empty if one is chosen.
        profiles: Vec<String>,
    },
    #[error("{name} is invalid: {problem}")]
    Variable { name: &'static str, problem: String },
    #[error("cannot find the configuration file {} ({named_by})", path.display())]
    NoFile { path: PathBuf, named_by: Source },
    #[error("cannot use the profile ({named_by}): the configuration file{} does not exist", at(.path.as_deref()))]
    NoProfiles { path: Option<PathBuf>, named_by: Source },
    #[error("cannot find the directory of the configuration file: set HOME or XDG_CONFIG_HOME, or use --config FILE")]
    NoHome,
    #[error("cannot write the configuration file {}: {error}", path.display())]
    NotWritten { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("cannot use the secret key file ({named_by}): {problem}")]
    SecretKeyFile { named_by: Source, problem: String },
    #[error("cannot get the secret key from the key_command ({named_by}): {problem}")]
    KeyCommand { named_by: Source, problem: String },
    #[error("cannot use the root certificate {name}: {problem}")]
    Root { name: String, problem: String },
    #[error("invalid base URL ({named_by}): {problem}")]
    BaseUrl { named_by: Source, problem: String },
}

impl SettingsError {
    /// A variable that contains a secret although it is for another setting.
    pub(super) fn secret(name: &'static str) -> Self {
        Self::Variable { name, problem: HINT.to_owned() }
    }
}

/// An invalid configuration file. The message contains no value of the file.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub(crate) struct ProfilesError {
    pub(super) path: PathBuf,
    pub(super) line: Option<usize>,
    pub(super) problem: String,
}

impl ProfilesError {
    pub(super) fn new(path: &Path, problem: String) -> Self {
        Self { path: path.to_owned(), line: None, problem }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error)
    }
}

fn missing(what: &[&str], profiles: &[String]) -> String {
    let list: String = what.iter().map(|what| format!("\n  {what}")).collect();
    let profiles = match profiles {
        [] => "\nA profile can contain them too: `tim config init` writes a file to fill in.".to_owned(),
        names => format!("\nOr choose a profile with --profile NAME or TIM_PROFILE: {}.", names.join(", ")),
    };
    format!("not set:{list}{profiles}\nTo try tim without an account, start `tim emulator`, which prints its settings.")
}

fn at(path: Option<&Path>) -> String {
    path.map(|path| format!(" {}", path.display())).unwrap_or_default()
}
