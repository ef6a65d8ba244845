//! Everything that proves the workspace and needs no extra program.

use crate::{Outcome, cargo, fixtures};

pub(crate) fn run() -> Outcome {
    fixtures::check()?;
    cargo::run(&["test", "--workspace"])?;
    native_tls()
}

/// The table of faults again, in a build with the TLS of the operating system; the workspace has
/// built it with rustls.
fn native_tls() -> Outcome {
    if !cargo::native_tls_builds() {
        println!(
            "--- left out: the table of faults with native-tls, which needs the headers of OpenSSL and pkg-config"
        );
        return Ok(());
    }
    cargo::run(&["test", "-p", "tim-backend-tests", "--no-default-features", "--features", "native-tls"])
}

/// Runs one module of the workspace's integration tests; a name that matches no test is an error,
/// not a success.
pub(crate) fn module(name: &str) -> Outcome {
    let filter = format!("{name}::");
    let tests = cargo::output(&["test", "--quiet", "-p", "tim-tests", "--test", "it", "--", "--list", &filter])?;
    if !tests.lines().any(|line| line.ends_with(": test")) {
        return Err(format!("no integration test is in the module {name}"));
    }
    cargo::run(&["test", "-p", "tim-tests", "--test", "it", "--", &filter])
}
