//! What all packages have in common: the version, the date, the folders and the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::platform::Platform;
use super::{licences, program, recreate};
use crate::{Outcome, cargo};

/// The package of the binary.
pub(super) const CRATE: &str = "tim-cli";
/// The licences of the crates that are in the binary.
pub(super) const THIRD_PARTY: &str = "THIRD-PARTY.txt";
/// The licences of this project.
pub(super) const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// The names of the shells, and of the files with their completions.
const COMPLETIONS: [(&str, &str); 4] =
    [("bash", "tim.bash"), ("zsh", "_tim"), ("fish", "tim.fish"), ("powershell", "tim.ps1")];

pub(super) struct Release {
    pub(super) platform: &'static Platform,
    pub(super) version: String,
    /// The time of the files in packages, in seconds since 1970, so that a second build of the same
    /// commit has the same archives.
    pub(super) date: String,
    /// The folder of cargo for everything that is built.
    pub(super) target: PathBuf,
    /// The folder of the packages.
    pub(super) folder: PathBuf,
    /// The folder in which the contents of packages are collected.
    pub(super) work: PathBuf,
}

impl Release {
    pub(super) fn new(platform: &'static Platform) -> Result<Self, String> {
        let metadata = cargo::output(&["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let version =
            packages.filter(|package| package["name"] == CRATE).find_map(|package| package["version"].as_str());
        let version = version.ok_or_else(|| format!("cargo metadata has no package {CRATE}"))?.to_owned();
        let target = metadata["target_directory"].as_str().ok_or("cargo metadata has no target directory")?;
        let target = PathBuf::from(target);
        let (folder, work) = (target.join("packages"), target.join("dist-work"));
        Ok(Self { platform, version, date: date()?, target, folder, work })
    }

    /// Collects the files of the archive, which other packages take from there: the binary, its
    /// completions and manual pages, and the texts. Returns the folder.
    pub(super) fn stage(&self, binary: &Path) -> Result<PathBuf, String> {
        let tree = self.work.join(format!("tim-{}-{}", self.version, self.platform.triple));
        recreate(&tree.join("completions"))?;
        let staged = tree.join(self.platform.binary);
        copy(binary, &staged)?;
        let program = staged.display().to_string();
        let install = "a machine that runs the binaries of the target";
        for (shell, file) in COMPLETIONS {
            let text = program::output(&program, &tree, &["completions", shell], install)?;
            write(&tree.join("completions").join(file), text)?;
        }
        program::run(&program, &tree, &["man", "--dir", "man/man1"], install)?;
        for file in [&["README.md", "CHANGELOG.md"][..], &LICENCES].concat() {
            copy(&cargo::root().join(file), &tree.join(file))?;
        }
        write(&tree.join(THIRD_PARTY), licences::third_party(self.platform.triple)?)?;
        Ok(tree)
    }
}

/// `SOURCE_DATE_EPOCH`, or the date of the commit.
fn date() -> Result<String, String> {
    if let Ok(date) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(date);
    }
    let date = program::output("git", &cargo::root(), &["log", "-1", "--format=%ct"], "apt-get install git");
    Ok(date.map_err(|error| format!("{error}, or set SOURCE_DATE_EPOCH"))?.trim().to_owned())
}

/// The names of the files in a folder, sorted.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut names: Vec<String> =
        entries.map_err(failed)?.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Copies a file and its permissions, and creates the folder.
pub(super) fn copy(from: &Path, to: &Path) -> Outcome {
    create_parent(to)?;
    let failed = |error| format!("{} cannot be copied to {}: {error}", from.display(), to.display());
    fs::copy(from, to).map(drop).map_err(failed)
}

/// Writes a file, and creates its folder.
pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) -> Outcome {
    create_parent(path)?;
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn create_parent(path: &Path) -> Outcome {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be created: {error}", folder.display()))
}

/// Whether the user is root, who can change the root folder of a process.
pub(super) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
