//! Contract tests: what the clients put on the wire, against literals.

use crate::{Outcome, test};

pub(crate) fn run() -> Outcome {
    test::module("contract")
}
