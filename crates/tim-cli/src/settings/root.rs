//! The file with the certificates to trust besides the public ones.

use super::{Resolved, SettingsError, Source};
use crate::bounded;
use std::path::PathBuf;

/// Reads the file, which has to contain a certificate in PEM. Whether it is valid is checked when
/// it is used.
pub(super) fn read(root: &Resolved<PathBuf>) -> Result<String, SettingsError> {
    let path = &root.value;
    let invalid = |problem: String| SettingsError::Root {
        name: match &root.source {
            source @ Source::Profile { .. } => format!("of {source}"),
            _ => path.display().to_string(),
        },
        problem,
    };
    let text = bounded::file(path).map_err(|error| invalid(error.to_string()))?;
    match text.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text),
        false => {
            Err(invalid("it has no line `-----BEGIN CERTIFICATE-----`, so it is not a certificate in PEM".to_owned()))
        }
    }
}
