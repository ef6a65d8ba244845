//! The docs as docs.rs builds them: on nightly Rust, with all features and their labels, and
//! without a warning.

use super::published;
use crate::{Outcome, cargo};

pub(super) fn check() -> Outcome {
    cargo::needs_nightly()?;
    for package in published::in_order()? {
        let features = crate::lint::features::without(&package.entry, None);
        let args = ["doc", "--no-deps", "--quiet", "-p", &package.name, "--features", &features];
        println!("--- cargo {} on nightly, with `--cfg docsrs`", args.join(" "));
        let status = cargo::nightly(&args)
            .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
            .env("CARGO_TARGET_DIR", cargo::target().join("docs-rs"))
            .status()
            .map_err(|error| format!("rustup could not be started: {error}"))?;
        if !status.success() {
            return Err(format!("the docs of {} have warnings or errors on nightly Rust", package.name));
        }
    }
    Ok(())
}
