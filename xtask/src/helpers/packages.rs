//! The helpers in the wheel and in the npm package, installed into empty environments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{NODE_TESTS, PYTHON_TESTS, REQUIREMENTS, node, pytest, run_tests};
use crate::{Outcome, cargo, python};

/// Runs the tests with the packages below `target`.
pub(super) fn run(target: &Path) -> Outcome {
    let packages = target.join("packages");
    wheel(&packages, &target.join("helpers-wheel"))?;
    npm(&packages, &target.join("helpers-npm"))
}

fn wheel(packages: &Path, environment: &Path) -> Outcome {
    let wheels = with_ending(packages, "whl")?;
    recreate(environment)?;
    let lines: String = wheels.iter().map(|wheel| format!("{}\n", wheel.display())).collect();
    let python = python::install(environment, &format!("{REQUIREMENTS}{lines}"))?.join("python");
    run_tests(&mut pytest(&python, &cargo::root().join(PYTHON_TESTS)))
}

fn npm(packages: &Path, folder: &Path) -> Outcome {
    let archives = with_ending(packages, "tgz")?;
    let tests = folder.join("test");
    recreate(&tests)?;
    // Otherwise npm would install into a folder above.
    write(&folder.join("package.json"), b"{\"private\":true}\n")?;
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["install", "--offline", "--no-audit", "--no-fund"]).args(archives).current_dir(folder);
    run_tests(&mut npm)?;
    // The tests import `tim-cli/test`, which node looks for above their own folder.
    for test in with_ending(&cargo::root().join(NODE_TESTS), "mjs")? {
        let text = fs::read(&test).map_err(|error| format!("{} cannot be read: {error}", test.display()))?;
        write(&tests.join(test.file_name().unwrap_or_default()), &text)?;
    }
    run_tests(&mut node(&tests))
}

/// The files of a folder with this ending, at least one.
fn with_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{} cannot be read: {error}: run `cargo xtask dist`", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut files: Vec<PathBuf> = entries.map_err(failed)?.iter().map(fs::DirEntry::path).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == ending));
    if files.is_empty() {
        return Err(format!("{} has no .{ending}: run `cargo xtask dist`", folder.display()));
    }
    Ok(files)
}

fn recreate(folder: &Path) -> Outcome {
    let failed = |error| format!("{} cannot be made empty: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}

fn write(path: &Path, text: &[u8]) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
