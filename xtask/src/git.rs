//! Running git at the root of the workspace.

use std::process::Command;

use crate::cargo;

/// Runs git at the root of the workspace and returns what it printed.
pub(crate) fn output(args: &[&str]) -> Result<String, String> {
    let output = Command::new("git").current_dir(cargo::root()).args(args).output();
    let output = output.map_err(|error| format!("git could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`git {}` failed:\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
