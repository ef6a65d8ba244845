//! Formatting, layers, headers of endpoints, words, clippy, every combination of features, docs.

pub(crate) mod cycles;
mod tokens;
mod unused;
mod words;

use crate::{Outcome, cargo, headers, layers};

pub(crate) fn run() -> Outcome {
    cargo::run(&["fmt", "--all", "--check"])?;
    layers::check()?;
    headers::check()?;
    words::check()?;
    cycles::check()?;
    unused::check()?;
    let features_of_tests = "tim-tests/console,tim-tests/redis";
    cargo::run(&["clippy", "--workspace", "--all-targets", "--features", features_of_tests, "--", "-D", "warnings"])?;
    features("tim-transport", &["reqwest", "ureq", "rustls", "test-util"])?;
    features("tim-follow", &["reqwest", "ureq", "redis", "stream", "tracing"])?;
    features("tim-follow", &["redis-tls"])?;
    features("tim-emulator", &["tls"])?;
    if cargo::native_tls_builds() {
        features("tim-follow", &["reqwest", "ureq", "rustls", "native-tls"])?;
        let backends = ["clippy", "-p", "tim-backend-tests", "--no-default-features", "--features", "native-tls"];
        cargo::run(&[&backends[..], &["--all-targets", "--", "-D", "warnings"]].concat())?;
    } else {
        println!("--- left out: combinations with native-tls, which need the headers of OpenSSL and pkg-config");
    }
    cargo::run_with(&["doc", "--workspace", "--no-deps", "--quiet"], &[("RUSTDOCFLAGS", "-D warnings")])
}

pub(crate) fn quick() -> Outcome {
    layers::check()?;
    cycles::check()?;
    unused::check()
}

/// Checks a crate with every subset of these features.
fn features(package: &str, features: &[&str]) -> Outcome {
    for subset in 0..1_u32 << features.len() {
        let chosen: Vec<&str> =
            features.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1).map(|(_, feature)| *feature).collect();
        let chosen = chosen.join(",");
        let args = ["clippy", "--quiet", "-p", package, "--no-default-features", "--features", &chosen];
        cargo::run(&[&args[..], &["--", "-D", "warnings"]].concat())?;
    }
    Ok(())
}
