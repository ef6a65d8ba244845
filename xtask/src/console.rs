//! The console page of the emulator, in a real browser without a window.

use std::process::Command;

use crate::{Outcome, cargo};

pub(crate) fn run() -> Outcome {
    for program in ["chromium", "chromedriver"] {
        if !Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Err(format!("`{program}` does not run: install the packages chromium and chromium-driver"));
        }
    }
    // One after another: a browser is heavy.
    let test = ["test", "-p", "tim-tests", "--features", "console", "--test", "console"];
    cargo::run(&[&test[..], &["--", "--test-threads=1"]].concat())
}
