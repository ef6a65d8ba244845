//! What each crate costs its users: how many crates come with it, and how long a clean build takes.
//!
//! Each row is built as a dependency of an empty package outside the workspace, with the default
//! profile for development and the versions of the workspace's `Cargo.lock`. So neither the
//! features of other crates nor the profiles of the workspace have an effect.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::{Outcome, cargo};

/// The results of the last run, below the root. `cargo xtask fixtures` writes them into the README.
const RESULTS: &str = "xtask/build-cost.json";

/// A crate with a set of features.
pub(crate) struct Row {
    pub(crate) package: &'static str,
    pub(crate) features: &'static str,
    pub(crate) purpose: &'static str,
}

const fn row(package: &'static str, features: &'static str, purpose: &'static str) -> Row {
    Row { package, features, purpose }
}

pub(crate) const ROWS: &[Row] = &[
    row("tim-types", "", "requests, responses, error codes, hosts and limits"),
    row("tim-sig", "", "UserSig: sign, verify, inspect, explain"),
    row("reqwest", "rustls", "for comparison"),
    row("tim-transport", "reqwest,rustls", "bytes over HTTPS, asynchronous"),
    row("tim-follow", "reqwest,rustls", "the client, asynchronous (its default)"),
    row("tim-follow", "reqwest,rustls,redis-tls", "the same, with a rate limiter for several processes"),
    row("ureq", "rustls", "for comparison"),
    row("tim-transport", "ureq,rustls", "bytes over HTTPS, blocking"),
    row("tim-follow", "ureq,rustls", "the client, blocking, without a runtime"),
    row("tim-webhook", "", "a receiver of webhooks, for any server"),
    row("tim-webhook", "axum", "a receiver of webhooks, for axum"),
    row("tim-emulator", "", "a local server with the same wire protocol"),
    row("tim-emulator", "tls", "the same, with HTTPS"),
    row("tim-cli", "", "the command `tim`"),
    row("tim-cli", "parquet", "the same, with Parquet files (its default)"),
];

impl Row {
    /// The key of the row in the results.
    pub(crate) fn id(&self) -> String {
        format!("{} {}", self.package, self.features).trim_end().to_owned()
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.package.starts_with("tim-")
    }

    /// An empty package that depends on the crate, in a folder of its own.
    fn package(&self) -> Result<PathBuf, String> {
        let folder = cargo::root().join("target/build-cost").join(self.id().replace([' ', ','], "-"));
        let root = cargo::root();
        let source = if self.is_ours() {
            format!("path = {:?}", root.join("crates").join(self.package))
        } else {
            format!("version = {:?}", format!("={}", locked_version(self.package)?))
        };
        let features: Vec<&str> = self.features.split(',').filter(|feature| !feature.is_empty()).collect();
        let manifest = format!(
            "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             {} = {{ {source}, default-features = false, features = {features:?} }}\n",
            self.package
        );
        let write = || {
            fs::create_dir_all(folder.join("src"))?;
            fs::write(folder.join("src/lib.rs"), "")?;
            fs::write(folder.join("Cargo.toml"), manifest)?;
            fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        };
        write().map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }
}

/// The highest version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String, String> {
    let path = cargo::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let found = lock.rsplit_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(version, _)| version.to_owned()).ok_or(format!("{} does not have {package}", path.display()))
}

/// How many crates are built for a user of one of our crates besides itself; those of builds count,
/// those of tests do not.
pub(crate) fn crates(row: &Row) -> Result<usize, String> {
    let args = ["-p", row.package, "--no-default-features", "--features", row.features];
    // Without the crate itself.
    Ok(count(&cargo::output(&[&TREE[..], &args].concat())?).saturating_sub(1))
}

const TREE: [&str; 9] =
    ["tree", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"];

fn count(tree: &str) -> usize {
    tree.lines().map(|line| line.trim_end_matches(" (*)")).collect::<HashSet<_>>().len()
}

/// What a run measured about a row.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) crates: usize,
    pub(crate) seconds: f64,
}

/// The results of the last run.
pub(crate) fn results() -> Result<BTreeMap<String, Measured>, String> {
    let text = fs::read_to_string(cargo::root().join(RESULTS)).map_err(|error| format!("{RESULTS}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{RESULTS}: {error}: run `cargo xtask build-cost`"))
}

/// Builds each row from scratch, and writes the seconds into [`RESULTS`].
pub(crate) fn run() -> Outcome {
    let mut results = BTreeMap::new();
    for row in ROWS {
        let folder = row.package()?;
        cargo(&folder, &["fetch"])?;
        // Without the empty package and the crate itself.
        let crates = count(&cargo(&folder, &TREE)?).saturating_sub(2);
        let target = folder.join("target");
        let _ = fs::remove_dir_all(&target);
        let seconds = timed(|| cargo(&folder, &["build", "--offline"]))?;
        let _ = fs::remove_dir_all(&target);
        println!("{:<40} {crates:4} crates {seconds:6.1} s", row.id());
        results.insert(row.id(), Measured { crates, seconds });
    }
    let text = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())? + "\n";
    let path = cargo::root().join(RESULTS);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}; `cargo xtask fixtures` writes it into the README", path.display());
    Ok(())
}

/// Runs `act`, and returns the seconds with one decimal.
#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn timed<T>(act: impl FnOnce() -> Result<T, String>) -> Result<f64, String> {
    let started = Instant::now();
    act()?;
    Ok((started.elapsed().as_secs_f64() * 10.0).round() / 10.0)
}

/// Runs cargo in a folder without the settings of this workspace, and returns what it printed.
fn cargo(folder: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).args(args).env("CARGO_TARGET_DIR", folder.join("target"));
    let settings = ["CARGO_INCREMENTAL", "CARGO_PROFILE_DEV_DEBUG", "RUSTFLAGS"];
    settings.iter().for_each(|name| _ = command.env_remove(name));
    let output = command.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    match output.status.success() {
        true => String::from_utf8(output.stdout).map_err(|error| error.to_string()),
        false => Err(format!(
            "`cargo {}` in {} failed:\n{}",
            args.join(" "),
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
