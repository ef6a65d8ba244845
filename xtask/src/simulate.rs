//! Runs the simulated service, optimized.

use crate::{Outcome, cargo};

/// Runs tests/simulate with these options.
pub(crate) fn run(options: &[&str]) -> Outcome {
    cargo::run(&[&["run", "--release", "--package", "tim-simulate", "--"], options].concat())
}
