//! Installs each package into an environment without Rust, and runs it there.

mod environment;
mod image;

use std::path::Path;

use self::environment::Environment;
use super::release::{Release, is_root, names};
use super::{CHECKSUMS, program};
use crate::{Outcome, cargo};

/// What a test installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Package {
    Archive,
    Debian,
    Wheel,
    Npm,
    /// The image of the Dockerfile, which builds the binary itself.
    Image,
}

impl Package {
    pub(super) const ALL: [Self; 5] = [Self::Archive, Self::Debian, Self::Wheel, Self::Npm, Self::Image];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|package| package.name() == name)
    }

    /// The name in the arguments, and the name of the script.
    fn name(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Debian => "debian",
            Self::Wheel => "wheel",
            Self::Npm => "npm",
            Self::Image => "image",
        }
    }
}

/// Tests each of the packages, also those after one that fails.
pub(super) fn run(release: &Release, packages: &[Package]) -> Outcome {
    if !cfg!(target_os = "linux") || !is_root() {
        return Err(
            "dist: the test needs Linux and root, because it changes the root folder of a process: run it with \
                    `sudo -E`, or in a virtual machine"
                .to_owned(),
        );
    }
    let built = names(&release.folder).unwrap_or_default();
    if !built.iter().any(|name| name == CHECKSUMS) {
        return Err(format!("dist: {} has no packages: run `cargo xtask dist`", release.folder.display()));
    }
    let environment = Environment::prepare(&release.target)?;
    let mut problems = Vec::new();
    for package in packages {
        match test(release, &environment, *package) {
            Ok(()) => println!("--- {}: passed", package.name()),
            Err(problem) => problems.push(format!("dist: {}: {problem}", package.name())),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn test(release: &Release, environment: &Environment, package: Package) -> Outcome {
    match package {
        Package::Image => return image::test(release, environment),
        Package::Debian => lint(&release.folder)?,
        Package::Archive | Package::Wheel | Package::Npm => {}
    }
    environment.run(&release.folder, package.name(), &release.version)
}

/// Checks the Debian package against the policy of Debian.
fn lint(folder: &Path) -> Outcome {
    let packages = names(folder)?.into_iter().filter(|name| name.ends_with(".deb")).collect::<Vec<_>>();
    let args = ["--fail-on", "error", "--allow-root"];
    let args = args.into_iter().chain(packages.iter().map(String::as_str)).collect::<Vec<_>>();
    program::run("lintian", folder, &args, "apt-get install lintian")
}

/// The folder of the scripts that run in the environment.
fn scripts() -> String {
    cargo::root().join("xtask/dist/test").display().to_string()
}
