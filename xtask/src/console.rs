//! The console of the emulator in a browser without a window.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, cargo, npm};

/// The files of the package that checks the accessibility of a page.
const AXE_PACKAGE: [(&str, &str); 2] = [
    ("package.json", include_str!("../../tests/console/axe/package.json")),
    ("package-lock.json", include_str!("../../tests/console/axe/package-lock.json")),
];

/// Runs the tests of the console. With `--screenshots DIRECTORY`, only writes pictures of every
/// view, in both themes and three widths.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let screenshots = match args {
        [] => None,
        ["--screenshots", directory] => Some(absolute(directory)?),
        _ => return Err("usage: cargo xtask console [--screenshots DIRECTORY]".to_owned()),
    };
    for program in ["chromium", "chromedriver"] {
        cargo::needs(program, &["--version"], "apt-get install chromium chromium-driver")?;
    }
    let axe = install_axe()?;
    // One after another: a browser is heavy.
    let test = ["test", "-p", "tim-tests", "--features", "console", "--test", "console", "--", "--test-threads=1"];
    match screenshots {
        None => cargo::run_with(&test, &[("TIM_AXE", &axe)]),
        Some(directory) => {
            let only = [&test[..], &["--ignored", "screenshots_of_every_view"]].concat();
            cargo::run_with(&only, &[("TIM_AXE", &axe), ("TIM_SCREENSHOTS", &directory)])
        }
    }
}

/// Installs axe-core. Returns the path of its script.
fn install_axe() -> Result<String, String> {
    text(npm::install("console-axe", &AXE_PACKAGE)?.join("node_modules/axe-core/axe.min.js"))
}

/// Creates the directory, and returns its absolute path: the tests have another current directory.
fn absolute(directory: &str) -> Result<String, String> {
    let failed = |error| format!("{directory} cannot be created: {error}");
    fs::create_dir_all(directory).map_err(failed)?;
    text(fs::canonicalize(Path::new(directory)).map_err(failed)?)
}

fn text(path: PathBuf) -> Result<String, String> {
    path.into_os_string().into_string().map_err(|path| format!("{} is not UTF-8", path.display()))
}
