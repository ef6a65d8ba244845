//! The public interface of the libraries is compatible with the baseline. Needs the program
//! cargo-semver-checks.
//!
//! The baseline is a commit in `[workspace.metadata.release]` of `Cargo.toml`. Every breaking
//! change since then is reported, until the version is raised.

use serde_json::Value;

use super::published;
use crate::{Outcome, cargo, lint};

pub(super) fn check() -> Outcome {
    cargo::needs("cargo", &["semver-checks", "--version"], "cargo install --locked cargo-semver-checks")?;
    let baseline = baseline()?;
    for package in published::in_order()?.iter().filter(|package| package.is_library()) {
        // What `direct` adds is not stable.
        let features = lint::features::without(&package.entry, Some("direct"));
        let args = ["semver-checks", "-p", &package.name, "--baseline-rev", &baseline];
        let features = ["--only-explicit-features", "--features", &features];
        cargo::run(&[&args[..], &features].concat())?;
    }
    Ok(())
}

fn baseline() -> Result<String, String> {
    let metadata = cargo::output(&["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let baseline = metadata["metadata"]["release"]["semver-baseline"].as_str();
    baseline.map(str::to_owned).ok_or("Cargo.toml lacks `semver-baseline` in [workspace.metadata.release]".to_owned())
}
