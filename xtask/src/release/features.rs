//! Each library can be built with every set of at most two of its features. Needs the program
//! cargo-hack.
//!
//! `cargo xtask lint` runs clippy for sets of its own, on the crates of the workspace. This is the
//! check of another program, which also combines `default` with the others.

use super::published;
use crate::{Outcome, cargo};

pub(super) fn check() -> Outcome {
    cargo::needs("cargo", &["hack", "--version"], "cargo install --locked cargo-hack")?;
    let published = published::in_order()?;
    let packages = published.iter().flat_map(|package| ["-p", &package.name]);
    let mut args = vec!["hack", "check", "--quiet", "--feature-powerset", "--depth", "2"];
    args.extend(packages);
    if !cargo::native_tls_builds() {
        println!("--- left out: `native-tls`, which needs the headers of OpenSSL and pkg-config");
        args.extend(["--exclude-features", "native-tls"]);
    }
    cargo::run(&args)
}
