//! Each package can be built and tested from its tarball.

use super::unpacked::{self, Unpacked};
use crate::Outcome;

pub(super) fn check() -> Outcome {
    let unpacked = Unpacked::new()?;
    for package in &unpacked.packages {
        let features = unpacked::features(package);
        unpacked.cargo(package, &["check", "--quiet"])?;
        unpacked.cargo(package, &["check", "--quiet", "--features", &features])?;
        // The tests read files, which have to be in the package.
        unpacked.cargo(package, &["test", "--quiet", "--features", &features])?;
    }
    Ok(())
}
