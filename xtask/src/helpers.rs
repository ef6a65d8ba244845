//! Runs the tests of the helpers for pytest and `node:test`. Needs python3-venv and node.

mod packages;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, cargo, python};

/// The test runner of Python.
const REQUIREMENTS: &str = include_str!("../../crates/tim-cli/python/tests/requirements.txt");
/// The tests, below the root.
const PYTHON_TESTS: &str = "crates/tim-cli/python/tests";
const NODE_TESTS: &str = "crates/tim-cli/npm/test";
/// Settings of a client and of the helpers, which would change what the tests do.
const SETTINGS: [&str; 6] =
    ["TIM_BIN", "TIM_REGION", "TIM_PROFILE", "TIM_SECRET_KEY_FILE", "PYTHONPATH", "PYTEST_PLUGINS"];

/// Runs the tests of the helpers with their sources and a debug build of `tim`, or with the wheel
/// and the npm packages of `cargo xtask dist` in empty environments.
pub(crate) fn run(args: &[&str]) -> Outcome {
    cargo::needs("node", &["--version"], "apt-get install nodejs")?;
    let target = cargo::target();
    match args {
        [] => sources(&target),
        ["--packages"] => packages::run(&target),
        _ => Err("usage: cargo xtask helpers [--packages]".to_owned()),
    }
}

fn sources(target: &Path) -> Outcome {
    cargo::run(&["build", "-p", "tim-cli", "--bin", "tim"])?;
    let program = cargo::tim();
    let python = pytest_folder(target)?.join("python");
    let root = cargo::root();
    run_tests(use_sources(&mut pytest(&python, &root.join(PYTHON_TESTS))).env("TIM_BIN", &program))?;
    run_tests(node(&root.join(NODE_TESTS)).env("TIM_BIN", &program))
}

/// Installs pytest below `target`. Returns the folder with its programs.
pub(crate) fn pytest_folder(target: &Path) -> Result<PathBuf, String> {
    python::install(&target.join("helpers-python"), REQUIREMENTS)
}

/// Lets pytest find the fixtures, which the wheel registers otherwise.
pub(crate) fn use_sources(command: &mut Command) -> &mut Command {
    command.env("PYTHONPATH", cargo::root().join("crates/tim-cli/python"));
    command.env("PYTEST_PLUGINS", "tim_emulator.pytest_plugin")
}

fn pytest(python: &Path, tests: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(tests).env("PYTHONDONTWRITEBYTECODE", "1");
    without_settings(command)
}

fn node(tests: &Path) -> Command {
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec"]).current_dir(tests);
    without_settings(command)
}

fn without_settings(mut command: Command) -> Command {
    for name in SETTINGS {
        command.env_remove(name);
    }
    command
}

fn run_tests(command: &mut Command) -> Outcome {
    println!("--- {command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed: {status}")),
        Err(error) => Err(format!("{command:?} could not be started: {error}")),
    }
}
