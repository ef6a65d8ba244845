//! The file with the certificates to trust besides the public ones.

use std::fs;
use std::path::Path;

use super::SettingsError;

/// The text of the file, which holds a certificate in PEM at least. Whether it is a sound one is seen when it is used.
pub(super) fn read(path: &Path) -> Result<String, SettingsError> {
    let useless = |problem: String| SettingsError::Root { path: path.to_owned(), problem };
    let text = fs::read_to_string(path).map_err(|error| useless(format!("it cannot be read: {error}")))?;
    match text.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text),
        false => Err(useless("there is no `-----BEGIN CERTIFICATE-----` in it, the mark of PEM".to_owned())),
    }
}
