//! What the clients cost beside the bare libraries, side by side in one run.

use crate::{Outcome, cargo};

pub(crate) fn run() -> Outcome {
    cargo::run(&["bench", "-p", "tim-tests", "--bench", "beside-bare"])
}
