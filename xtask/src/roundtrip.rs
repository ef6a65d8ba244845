//! Property tests: every wire type survives `parse(serialize(x))`.

use crate::{Outcome, test};

pub(crate) fn run() -> Outcome {
    test::module("roundtrip")
}
