//! Each package can be built and tested from its tarball.

use super::published::Package;
use super::unpacked::{self, Unpacked};
use crate::Outcome;

pub(super) fn check() -> Outcome {
    let unpacked = Unpacked::new()?;
    let failed = unpacked.packages.iter().filter_map(|package| build(&unpacked, package).err());
    let problems: Vec<String> = failed.collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn build(unpacked: &Unpacked, package: &Package) -> Outcome {
    let features = unpacked::features(package);
    unpacked.cargo(package, &["check", "--quiet"])?;
    unpacked.cargo(package, &["check", "--quiet", "--features", &features])?;
    // The tests read files, which have to be in the package.
    unpacked.cargo(package, &["test", "--quiet", "--features", &features])
}
