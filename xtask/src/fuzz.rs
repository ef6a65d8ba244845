//! A minute of noise for each fuzz target of tim-sig. Needs the nightly toolchain and the program
//! cargo-fuzz.

use std::fs;

use serde_json::Value;

use crate::{Outcome, cargo, fixtures};

const TARGETS: [&str; 2] = ["verify", "inspect"];
const SECONDS: u32 = 60;
/// In MiB; a target that needs more has failed.
const MEMORY: u32 = 512;

pub(crate) fn run() -> Outcome {
    cargo::needs_nightly()?;
    cargo::needs("cargo", &["fuzz", "--version"], "cargo install --locked cargo-fuzz")?;
    TARGETS.into_iter().try_for_each(fuzz)
}

/// Clippy for the fuzz targets, on stable Rust. They are a workspace of their own, so no other
/// check compiles them.
pub(crate) fn check() -> Outcome {
    let args =
        ["clippy", "--quiet", "--manifest-path", "crates/tim-sig/fuzz/Cargo.toml", "--target-dir", "target/fuzz"];
    // Nothing is linked, so libFuzzer itself, which is C++, is not compiled: any path will do.
    cargo::run_with(&[&args[..], &["--", "-D", "warnings"]].concat(), &[("CUSTOM_LIBFUZZER_PATH", "./not-linked.a")])
}

fn fuzz(target: &str) -> Outcome {
    seed(target)?;
    let limits = [format!("-max_total_time={SECONDS}"), format!("-rss_limit_mb={MEMORY}"), "-timeout=5".to_owned()];
    let mut command = cargo::nightly(&["fuzz", "run", target, "--"]);
    command.args(limits).args(["-max_len=12000", "-print_final_stats=1"]);
    println!("--- cargo fuzz run {target}, {SECONDS} s");
    match command.current_dir(cargo::root().join("crates/tim-sig")).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("the fuzz target {target} failed")),
        Err(error) => Err(format!("rustup could not be started: {error}")),
    }
}

/// Starts from the signatures of the official libraries.
fn seed(target: &str) -> Outcome {
    let root = cargo::root();
    let folder = root.join("crates/tim-sig/fuzz/corpus").join(target);
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(problem)?;
    for name in ["official", "layouts"] {
        let vectors = fixtures::read(&root.join(format!("tests/fixtures/usersig-{name}.json")))?;
        let vectors: Vec<Value> = serde_json::from_str(&vectors).map_err(|error| error.to_string())?;
        for (number, vector) in vectors.iter().enumerate() {
            let usersig = vector["usersig"].as_str().ok_or("a vector without usersig")?;
            fs::write(folder.join(format!("{name}-{number}")), usersig).map_err(problem)?;
        }
    }
    Ok(())
}
