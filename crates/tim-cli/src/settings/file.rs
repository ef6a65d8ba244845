//! Where the configuration file is, and which profile of it counts.

use std::ffi::OsString;
use std::path::PathBuf;

use super::profiles::{Profile, Profiles};
use super::{Flags, Found, SettingsError, Source, closest, text};

/// The variables of a process.
pub(super) type Environment<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

pub(super) fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The profile that was chosen, or one without any setting.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The configuration file, which need not exist.
    pub(super) file: Option<Found<PathBuf>>,
    pub(super) name: Option<Found<String>>,
    pub(super) profile: Profile,
    /// The profiles that there are to choose from.
    pub(super) profiles: Vec<String>,
}

impl Chosen {
    pub(super) fn read(flags: &Flags, environment: &Environment<'_>) -> Result<Self, SettingsError> {
        let file = config_file(flags, environment);
        let found = file.as_ref().map(|file| read_profiles(file, environment)).transpose()?.flatten();
        let default = found.as_ref().and_then(|found| found.default.clone()).zip(file.as_ref());
        let default = default.map(|(name, file)| Found::new(name, Source::File(file.value.clone())));
        let name = closest([named(flags, environment)?, default]);
        let profiles = found.iter().flat_map(|found| found.profiles.keys().cloned()).collect();
        let profile = match (&name, found, &file) {
            (None, ..) => Profile::default(),
            (Some(name), Some(mut found), Some(file)) => found.take(&name.value, &file.value)?,
            (Some(name), ..) => {
                let path = file.map(|file| file.value);
                return Err(SettingsError::NoProfiles { path, named_by: name.source.clone() });
            }
        };
        Ok(Self { file, name, profile, profiles })
    }

    /// A value of the profile with its source.
    pub(super) fn found<T>(&self, value: Option<T>) -> Option<Found<T>> {
        let (name, file) = (self.name.as_ref()?.value.clone(), self.file.as_ref()?.value.clone());
        value.map(|value| Found::new(value, Source::Profile { name, file }))
    }
}

/// The profile that a flag or a variable names.
fn named(flags: &Flags, environment: &Environment<'_>) -> Result<Option<Found<String>>, SettingsError> {
    let variable = environment("TIM_PROFILE").filter(|name| !name.is_empty());
    let variable = variable.map(|name| text("TIM_PROFILE", name)).transpose()?;
    Ok(closest([
        flags.profile.clone().map(|name| Found::new(name, Source::Flag("--profile"))),
        variable.map(|name| Found::new(name, Source::Variable("TIM_PROFILE"))),
    ]))
}

/// Where the configuration file of this process is or would be.
pub(crate) fn config_path(flags: &Flags) -> Option<PathBuf> {
    config_file(flags, &process_environment).map(|file| file.value)
}

fn config_file(flags: &Flags, environment: &Environment<'_>) -> Option<Found<PathBuf>> {
    let variable = environment("TIM_CONFIG").filter(|path| !path.is_empty());
    closest([
        flags.config.clone().map(|path| Found::new(path, Source::Flag("--config"))),
        variable.map(|path| Found::new(path.into(), Source::Variable("TIM_CONFIG"))),
        usual_file(environment).map(|path| Found::new(path, Source::Default)),
    ])
}

pub(super) fn usual_file(environment: &Environment<'_>) -> Option<PathBuf> {
    let directory = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_home = || directory("HOME").map(|home| home.join(".config"));
    let base = if cfg!(windows) { directory("APPDATA") } else { directory("XDG_CONFIG_HOME").or_else(of_home) };
    base.map(|base| base.join("tim").join("config.toml"))
}

/// A file that somebody names has to be there; the usual one need not.
fn read_profiles(file: &Found<PathBuf>, environment: &Environment<'_>) -> Result<Option<Profiles>, SettingsError> {
    let Found { value: path, source } = file;
    let home = environment(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from);
    match Profiles::read(path, home.as_deref())? {
        None if *source != Source::Default => {
            Err(SettingsError::NoFile { path: path.clone(), named_by: source.clone() })
        }
        found => Ok(found),
    }
}
