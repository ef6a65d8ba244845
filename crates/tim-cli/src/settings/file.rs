//! Which configuration file is read, and which profile of it is used.

use std::path::{Path, PathBuf};

use super::environment::{Environment, process_environment, text};
use super::profiles::{Profile, Profiles, profile_name};
use super::secret::is_secret;
use super::{Flags, Resolved, SettingsError, Source, closest};

/// The configuration file and the name of the profile to use.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The configuration file, which need not exist.
    pub(crate) file: Option<Resolved<PathBuf>>,
    /// What the file contains; `None` if it does not exist.
    pub(crate) profiles: Option<Profiles>,
    /// The profile to use, which need not be in the file.
    pub(crate) name: Option<Resolved<String>>,
}

impl Selection {
    /// From flags, the environment of the process and the configuration file.
    pub(crate) fn read(flags: &Flags) -> Result<Self, SettingsError> {
        Self::resolve(flags, &process_environment)
    }

    pub(super) fn resolve(flags: &Flags, environment: &Environment<'_>) -> Result<Self, SettingsError> {
        let file = config_file(flags, environment)?;
        let profiles = file.as_ref().map(|file| read_profiles(file, environment)).transpose()?.flatten();
        let default = profiles.as_ref().and_then(|profiles| profiles.default.clone()).zip(file.as_ref());
        let default = default.map(|(name, file)| Resolved::new(name, Source::File(file.value.clone())));
        let name = closest([selected_by_name(flags, environment)?, default]);
        Ok(Self { file, profiles, name })
    }

    /// The selected profile with its settings.
    pub(super) fn profile(self) -> Result<SelectedProfile, SettingsError> {
        let Self { file, profiles, name } = self;
        let names = profiles.iter().flat_map(|profiles| profiles.profiles.keys().cloned()).collect();
        let profile = match (&name, profiles, &file) {
            (None, ..) => Profile::default(),
            (Some(name), Some(mut profiles), Some(file)) => profiles.take(name, &file.value)?,
            (Some(name), ..) => {
                let path = file.map(|file| file.value);
                return Err(SettingsError::NoProfiles { path, named_by: name.source.clone() });
            }
        };
        Ok(SelectedProfile { file, name, profile, names })
    }
}

/// The selected profile; one without any setting if none is selected.
#[derive(Debug)]
pub(super) struct SelectedProfile {
    /// The configuration file, which need not exist.
    pub(super) file: Option<Resolved<PathBuf>>,
    pub(super) name: Option<Resolved<String>>,
    pub(super) profile: Profile,
    /// All profiles of the file.
    pub(super) names: Vec<String>,
}

impl SelectedProfile {
    /// Whether a flag or a variable names the profile. Then its values take precedence over the
    /// variables of single settings.
    pub(super) fn is_explicit(&self) -> bool {
        self.name.as_ref().is_some_and(|name| !matches!(name.source, Source::File(_)))
    }

    /// A value of the profile with its source.
    pub(super) fn resolved<T>(&self, value: Option<T>) -> Option<Resolved<T>> {
        let (name, file) = (self.name.as_ref()?.value.clone(), self.file.as_ref()?.value.clone());
        value.map(|value| Resolved::new(value, Source::Profile { name, file }))
    }
}

/// The profile that a flag or a variable names.
fn selected_by_name(flags: &Flags, environment: &Environment<'_>) -> Result<Option<Resolved<String>>, SettingsError> {
    let variable = environment("TIM_PROFILE").filter(|name| !name.is_empty());
    let variable = variable.map(|name| text("TIM_PROFILE", name)).transpose()?;
    if let Some(problem) = variable.as_deref().and_then(|name| profile_name(name).err()) {
        return Err(SettingsError::Variable { name: "TIM_PROFILE", problem });
    }
    Ok(closest([
        flags.profile.clone().map(|name| Resolved::new(name, Source::Flag("--profile"))),
        variable.map(|name| Resolved::new(name, Source::Variable("TIM_PROFILE"))),
    ]))
}

/// The path of the configuration file of this process, which need not exist.
pub(crate) fn config_path(flags: &Flags) -> Result<PathBuf, SettingsError> {
    Ok(config_file(flags, &process_environment)?.ok_or(SettingsError::NoHome)?.value)
}

fn config_file(flags: &Flags, environment: &Environment<'_>) -> Result<Option<Resolved<PathBuf>>, SettingsError> {
    let name = "TIM_CONFIG";
    let variable = environment(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    if variable.as_deref().is_some_and(is_secret_path) {
        return Err(SettingsError::secret(name));
    }
    Ok(closest([
        flags.config.clone().map(|path| Resolved::new(path, Source::Flag("--config"))),
        variable.map(|path| Resolved::new(path, Source::Variable(name))),
        usual_file(environment).map(|path| Resolved::new(path, Source::Default)),
    ]))
}

/// Whether a secret was given as a path.
pub(super) fn is_secret_path(path: &Path) -> bool {
    is_secret(&path.to_string_lossy())
}

pub(super) fn usual_file(environment: &Environment<'_>) -> Option<PathBuf> {
    let directory = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_home = || directory("HOME").map(|home| home.join(".config"));
    let base = if cfg!(windows) { directory("APPDATA") } else { directory("XDG_CONFIG_HOME").or_else(of_home) };
    base.map(|base| base.join("tim").join("config.toml"))
}

/// The home directory, below which paths that start with `~/` are.
pub(super) fn home(environment: &Environment<'_>) -> Option<PathBuf> {
    environment(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)
}

/// Reads the file. A file that a flag or a variable names has to exist; the usual one need not.
fn read_profiles(file: &Resolved<PathBuf>, environment: &Environment<'_>) -> Result<Option<Profiles>, SettingsError> {
    let Resolved { value: path, source } = file;
    match Profiles::read(path, home(environment).as_deref())? {
        None if *source != Source::Default => {
            Err(SettingsError::NoFile { path: path.clone(), named_by: source.clone() })
        }
        found => Ok(found),
    }
}
