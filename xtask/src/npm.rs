//! Installs programs from the npm registry, with the versions and hashes of a lock file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cargo;

/// Installs the packages of a `package.json` and its lock file below `target/`, unless they are
/// there. `files` has their names and texts. npm checks the hashes. Returns the folder that
/// contains `node_modules`.
pub(crate) fn install(folder: &str, files: &[(&str, &str)]) -> Result<PathBuf, String> {
    let folder = cargo::root().join("target").join(folder);
    let is_current =
        files.iter().all(|(name, text)| fs::read_to_string(folder.join(name)).is_ok_and(|old| old == *text));
    if is_current && folder.join("node_modules/.package-lock.json").exists() {
        return Ok(folder);
    }
    cargo::needs("npm", &["--version"], "apt-get install npm")?;
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    let npm =
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder).status();
    match npm {
        Ok(status) if status.success() => Ok(folder),
        _ => Err(format!("`npm ci` failed in {}: it downloads packages", folder.display())),
    }
}
