//! The variables of a process.

use std::ffi::OsString;

use super::SettingsError;

/// The variables of a process.
pub(super) type Environment<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

pub(super) fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The text of a variable.
pub(super) fn text(name: &'static str, value: OsString) -> Result<String, SettingsError> {
    value.into_string().map_err(|_| SettingsError::Variable { name, problem: "it is not UTF-8".to_owned() })
}
