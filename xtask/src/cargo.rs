//! Running cargo at the root of the workspace.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde_json::Value;

use crate::Outcome;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The folder of what cargo builds.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}

/// The debug build of `tim`.
pub(crate) fn tim() -> PathBuf {
    target().join("debug").join(format!("tim{}", std::env::consts::EXE_SUFFIX))
}

/// Runs cargo with `args`, its output shown; says so first.
pub(crate) fn run(args: &[&str]) -> Outcome {
    run_with(args, &[("", ""); 0])
}

/// Like [`run`], with environment variables.
pub(crate) fn run_with(args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Outcome {
    println!("--- cargo {}", args.join(" "));
    match status(args, env)? {
        status if status.success() => Ok(()),
        _ => Err(format!("`cargo {}` failed", args.join(" "))),
    }
}

/// Runs cargo with `args`, its output shown, and returns its status.
pub(crate) fn status(args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Result<ExitStatus, String> {
    let status = command(args).envs(env.iter().map(|(name, value)| (name, value))).status();
    status.map_err(|error| format!("`cargo {}` could not be started: {error}", args.join(" ")))
}

/// Runs cargo with `args` and returns what it printed.
pub(crate) fn output(args: &[&str]) -> Result<String, String> {
    let output = command(args).output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`cargo {}` failed:\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// Runs a program at the root and returns what it printed.
pub(crate) fn output_of(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program).current_dir(root()).args(args).output();
    let output = output.map_err(|error| format!("{program} could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{program} {}` failed:\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// The packages of the workspace, as `cargo metadata` describes them.
pub(crate) fn packages() -> Result<Vec<Value>, String> {
    match metadata()?["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata has no packages".to_owned()),
    }
}

fn metadata() -> Result<Value, String> {
    let metadata = output(&["metadata", "--format-version", "1", "--no-deps"])?;
    serde_json::from_str(&metadata).map_err(|error| error.to_string())
}

/// A command of cargo on nightly Rust.
pub(crate) fn nightly(args: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", "nightly", "cargo"]).args(args);
    // Otherwise the toolchain that runs this task would be used.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

pub(crate) fn needs_nightly() -> Outcome {
    needs("rustup", &["run", "nightly", "rustc", "--version"], "rustup toolchain install nightly")
}

/// Checks that a program runs; `install` is the command that installs it.
pub(crate) fn needs(program: &str, args: &[&str], install: &str) -> Outcome {
    if Command::new(program).args(args).output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err(format!("`{program} {}` does not run: it needs `{install}`", args.join(" ")))
}

/// Whether crates with the feature `native-tls` can be built here.
pub(crate) fn native_tls_builds() -> bool {
    let pkg_config = Command::new("pkg-config").args(["--exists", "openssl"]).status();
    cfg!(not(target_os = "linux")) || pkg_config.is_ok_and(|status| status.success())
}

/// A command of the cargo that runs this task.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    command
}
