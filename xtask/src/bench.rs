//! What the clients cost beside the bare libraries, side by side in one run.

use crate::{Outcome, cargo};

/// `what` names the parts that are to run: calls, decoding or signing; all when it is empty.
pub(crate) fn run(what: &[&str]) -> Outcome {
    cargo::run(&[&["bench", "-p", "tim-tests", "--bench", "beside-bare", "--"], what].concat())
}
