//! Installs programs from PyPI, in virtual environments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

const INSTALL: &str = "apt-get install python3-venv";

/// Installs what `requirements` lists into the virtual environment in `folder`, unless it is there.
/// Returns the folder of the programs.
pub(crate) fn install(folder: &Path, requirements: &str) -> Result<PathBuf, String> {
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let installed = folder.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|old| old == requirements) {
        return Ok(programs);
    }
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    run(Command::new(if cfg!(windows) { "python" } else { "python3" }).args(["-m", "venv"]).arg(folder))?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements).map_err(failed)?;
    let mut pip = Command::new(programs.join("python"));
    run(pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    // Renamed last, so that an installation that was interrupted starts again.
    fs::rename(&wanted, &installed).map_err(failed)?;
    Ok(programs)
}

fn run(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed: {status}; it needs a network and `{INSTALL}`")),
        Err(error) => Err(format!("{command:?} could not be started: {error}: it needs `{INSTALL}`")),
    }
}
