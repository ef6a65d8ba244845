//! The published packages as crates.io would have them: unpacked outside of the workspace, each in
//! an empty workspace that takes the others from their folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::published::{self, Package};
use crate::{Outcome, cargo, lint};

/// All packages below one folder, which is removed at the end.
pub(super) struct Unpacked {
    base: PathBuf,
    pub(super) packages: Vec<Package>,
}

impl Unpacked {
    pub(super) fn new() -> Result<Self, String> {
        let packages = published::in_order()?;
        let names: Vec<&str> = packages.iter().flat_map(|package| ["-p", &package.name]).collect();
        // Each package is built later, with its siblings and from an empty workspace.
        cargo::run(&[&["package", "--quiet", "--no-verify", "--allow-dirty"], &names[..]].concat())?;
        let unpacked = Self { base: std::env::temp_dir().join(folder(&cargo::root())), packages };
        // What a run that was stopped has left.
        let _ = fs::remove_dir_all(&unpacked.base);
        for package in &unpacked.packages {
            unpacked.unpack(package)?;
        }
        Ok(unpacked)
    }

    /// The workspace of a package.
    pub(super) fn workspace(&self, package: &Package) -> PathBuf {
        self.base.join(&package.name)
    }

    fn unpack(&self, package: &Package) -> Outcome {
        let workspace = self.workspace(package);
        let problem = |error: std::io::Error| format!("{}: {error}", workspace.display());
        fs::create_dir_all(&workspace).map_err(problem)?;
        let file = cargo::target().join("package").join(format!("{}.crate", full_name(package)));
        // The files in a package have a constant time. Cargo would take those of another package of
        // the same version for unchanged, so they get the time of now.
        let tar = Command::new("tar").current_dir(&workspace).arg("xzmf").arg(&file).status();
        if !tar.map_err(|error| format!("`tar` could not be started: {error}: install it"))?.success() {
            return Err(format!("`tar xzmf {}` failed", file.display()));
        }
        fs::write(workspace.join("Cargo.toml"), manifest(package, &self.packages)).map_err(problem)?;
        let lock = workspace.join(full_name(package)).join("Cargo.lock");
        fs::copy(lock, workspace.join("Cargo.lock")).map(drop).map_err(problem)
    }

    /// Runs cargo in the workspace of a package.
    pub(super) fn cargo(&self, package: &Package, args: &[&str]) -> Outcome {
        println!("--- {}: cargo {}", package.name, args.join(" "));
        let status = cargo::command(args)
            .current_dir(self.workspace(package))
            // Most dependencies have been built for the workspace.
            .env("CARGO_TARGET_DIR", cargo::target())
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(format!("{}: `cargo {}` failed in the unpacked package", package.name, args.join(" "))),
            Err(error) => Err(format!("`cargo {}` could not be started: {error}", args.join(" "))),
        }
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.base);
    }
}

/// The same folder for each run in one checkout, so that cargo builds only what has changed.
fn folder(root: &Path) -> String {
    let root = root.display().to_string();
    format!("tim-packages{}", root.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// The features of a package that can be built here, as one argument.
pub(super) fn features(package: &Package) -> String {
    lint::features::without(&package.entry, None)
}

fn full_name(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// An empty workspace with one package. Cargo warns about a sibling that it does not need.
fn manifest(package: &Package, all: &[Package]) -> String {
    let mut text =
        format!("[workspace]\nresolver = \"3\"\nmembers = [\"{}\"]\n\n[patch.crates-io]\n", full_name(package));
    for other in siblings(package, all) {
        let path = Path::new("..").join(&other.name).join(full_name(other));
        text += &format!("{} = {{ path = {:?} }}\n", other.name, path.display().to_string());
    }
    text
}

/// The packages that `package` needs, directly or not.
fn siblings<'a>(package: &Package, all: &'a [Package]) -> Vec<&'a Package> {
    let mut needed: Vec<&Package> = Vec::new();
    // Each package is behind those that it needs.
    for other in all.iter().rev().filter(|other| other.name != package.name) {
        if package.needs(&other.name) || needed.iter().any(|by| by.needs(&other.name)) {
            needed.push(other);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_checkouts_have_two_folders() {
        assert_eq!(folder(Path::new("/home/me/tim")), "tim-packages-home-me-tim");
    }

    #[test]
    fn a_workspace_takes_the_siblings_from_their_folders() {
        let package = |name: &str, needs: &[&str]| Package {
            name: name.into(),
            version: "1.0.0".into(),
            folder: PathBuf::new(),
            entry: json!({"dependencies": needs.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()}),
        };
        let all = [package("a", &[]), package("b", &["a"]), package("c", &[]), package("d", &["b", "serde"])];
        let names =
            |of: usize| siblings(&all[of], &all).iter().map(|sibling| sibling.name.as_str()).collect::<Vec<_>>();
        assert_eq!((names(0), names(1), names(3)), (vec![], vec!["a"], vec!["b", "a"]));
        let expected = "[workspace]\nresolver = \"3\"\nmembers = [\"b-1.0.0\"]\n\n[patch.crates-io]\na = { path = \"../a/a-1.0.0\" }\n";
        assert_eq!(manifest(&all[1], &all), expected);
    }
}
