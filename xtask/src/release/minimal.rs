//! Each package can be built with the lowest versions of its dependencies that it allows. Needs
//! nightly Rust, which selects them.
//!
//! Only direct dependencies are at their lowest version: what others require is not ours to choose.

use std::fs;

use super::unpacked::{self, Unpacked};
use crate::{Outcome, cargo};

pub(super) fn check() -> Outcome {
    cargo::needs_nightly()?;
    let unpacked = Unpacked::new()?;
    let mut problems = Vec::new();
    for package in &unpacked.packages {
        let lock = unpacked.workspace(package).join("Cargo.lock");
        fs::remove_file(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
        println!("--- {}: cargo generate-lockfile -Z direct-minimal-versions", package.name);
        let output = cargo::nightly(&["generate-lockfile", "-Z", "direct-minimal-versions"])
            .current_dir(unpacked.workspace(package))
            .output()
            .map_err(|error| format!("rustup could not be started: {error}"))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).into_owned();
            problems.push(format!("{}: raise a version in Cargo.toml:\n{reason}", package.name));
            continue;
        }
        let features = unpacked::features(package);
        let args = ["check", "--quiet", "--locked", "--features", &features];
        problems.extend(unpacked.cargo(package, &args).err());
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("lowest versions:\n{}", problems.join("\n"))) }
}
