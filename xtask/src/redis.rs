//! The rate limiter that processes share, with a real `redis-server`.

use std::process::Command;

use crate::{Outcome, cargo};

pub(crate) fn run() -> Outcome {
    needs_server()?;
    // Some tests run the command `tim`.
    cargo::run(&["build", "-p", "tim-cli", "--bin", "tim"])?;
    // One after another: these tests count calls in real seconds, and each has processes of its
    // own.
    let test = ["test", "-p", "tim-tests", "--features", "redis", "--test", "redis"];
    cargo::run(&[&test[..], &["--", "--test-threads=1"]].concat())
}

/// Checks that `redis-server` runs.
pub(crate) fn needs_server() -> Outcome {
    if Command::new("redis-server").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err("`redis-server` does not run: install the package of this name".to_owned())
}
