//! The clients beside the bare libraries, and the emulator, measured in one run.

use crate::{Outcome, cargo};

/// Runs the parts that `what` names: calls, decoding, signing or emulator; all of them if it is
/// empty.
pub(crate) fn run(what: &[&str]) -> Outcome {
    cargo::run(&[&["bench", "-p", "tim-tests", "--bench", "beside-bare", "--"], what].concat())
}
