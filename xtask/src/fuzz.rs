//! A minute of random bytes for each fuzz target in tests/fuzz. Needs the nightly toolchain and the
//! program cargo-fuzz.

mod seeds;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, cargo};

/// The package of libFuzzer, which is a workspace of its own.
const PACKAGE: &str = "tests/fuzz/libfuzzer";
/// The inputs that are in the repository, a folder for each target.
const KEPT: &str = "tests/fuzz/corpus";
/// What cargo builds for the targets.
const BUILD: &str = "target/fuzz";
const SECONDS: u32 = 60;
/// In MiB; a target that needs more has failed. An emulator needs most of it.
const MEMORY: u32 = 1536;

/// Runs the targets with these names, or all targets.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let targets = targets(&cargo::root())?;
    let chosen = chosen(names, &targets)?;
    cargo::needs_nightly()?;
    cargo::needs("cargo", &["fuzz", "--version"], "cargo install --locked cargo-fuzz")?;
    let problems: Vec<String> = chosen.into_iter().filter_map(|target| fuzz(target).err()).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Clippy for the fuzz targets, on stable Rust. They are a workspace of their own, so no other
/// check compiles them.
pub(crate) fn check() -> Outcome {
    let manifest = format!("{PACKAGE}/Cargo.toml");
    let args = ["clippy", "--quiet", "--manifest-path", &manifest, "--target-dir", BUILD];
    // Nothing is linked, so libFuzzer itself, which is C++, is not compiled: any path will do.
    cargo::run_with(&[&args[..], &["--", "-D", "warnings"]].concat(), &[("CUSTOM_LIBFUZZER_PATH", "./not-linked.a")])
}

/// The names of all targets: those of the files.
fn targets(root: &Path) -> Result<BTreeSet<String>, String> {
    let files = files(&root.join(PACKAGE).join("fuzz_targets"))?;
    Ok(files.iter().filter_map(|file| file.file_stem()).map(|name| name.to_string_lossy().into_owned()).collect())
}

fn chosen<'a>(names: &[&'a str], targets: &'a BTreeSet<String>) -> Result<Vec<&'a str>, String> {
    match names.iter().find(|name| !targets.contains(**name)) {
        Some(name) => {
            let all = targets.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            Err(format!("fuzz: no target is called `{name}`: use one of {all}"))
        }
        None if names.is_empty() => Ok(targets.iter().map(String::as_str).collect()),
        None => Ok(names.to_vec()),
    }
}

/// Starts from the kept inputs, the fixtures and what earlier runs found.
fn fuzz(target: &str) -> Outcome {
    let root = cargo::root();
    let found = root.join(BUILD).join("corpus").join(target);
    seeds::write(&root, target, &found)?;
    let kept = root.join(KEPT).join(target);
    let artifacts = root.join(PACKAGE).join("artifacts").join(target);
    let before = files(&artifacts).unwrap_or_default();
    println!("--- cargo fuzz run {target}, {SECONDS} s");
    let mut command = cargo::nightly(&["fuzz", "run", "--fuzz-dir", PACKAGE, "--target-dir", BUILD, target]);
    command.args([&found, &kept]).arg("--").args(limits());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failure(target, &before, &files(&artifacts).unwrap_or_default())),
        Err(error) => Err(format!("rustup could not be started: {error}")),
    }
}

fn limits() -> [String; 5] {
    [
        format!("-max_total_time={SECONDS}"),
        format!("-rss_limit_mb={MEMORY}"),
        "-timeout=10".to_owned(),
        "-max_len=12000".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]
}

/// What failed, and how to repeat it. `before` and `after` are the inputs with which the target has
/// failed.
fn failure(target: &str, before: &[PathBuf], after: &[PathBuf]) -> String {
    let input = after.iter().find(|file| !before.contains(file));
    let Some(input) = input else {
        return format!("fuzz: the target {target} failed without an input: see the output of cargo fuzz above");
    };
    let input = input.strip_prefix(cargo::root()).unwrap_or(input).display();
    format!(
        "fuzz: the target {target} failed with the input {input}: repeat it with `cargo +nightly fuzz run --fuzz-dir \
         {PACKAGE} {target} {input}`, fix the error, and copy the input to {KEPT}/{target}"
    )
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(problem)?.collect();
    let mut files: Vec<_> = entries.map_err(problem)?.iter().map(fs::DirEntry::path).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_kept_inputs() {
        let root = cargo::root();
        let kept: BTreeSet<String> = files(&root.join(KEPT)).unwrap().iter().map(|path| name(path)).collect();
        assert_eq!(targets(&root).unwrap(), kept);
    }

    fn name(path: &Path) -> String {
        path.file_name().unwrap().to_string_lossy().into_owned()
    }

    #[test]
    fn a_name_that_is_not_a_target_is_an_error() {
        let targets = BTreeSet::from(["http".to_owned(), "import".to_owned()]);
        assert_eq!(chosen(&[], &targets), Ok(vec!["http", "import"]));
        assert_eq!(chosen(&["import"], &targets), Ok(vec!["import"]));
        assert_eq!(chosen(&["x"], &targets).unwrap_err(), "fuzz: no target is called `x`: use one of http, import");
    }

    #[test]
    fn a_failure_names_the_target_and_the_input() {
        let file = |name: &str| cargo::root().join(PACKAGE).join("artifacts/http").join(name);
        let error = failure("http", &[file("crash-1")], &[file("crash-1"), file("crash-2")]);
        assert!(
            error.starts_with(
                "fuzz: the target http failed with the input tests/fuzz/libfuzzer/artifacts/http/crash-2: "
            )
        );
        assert!(
            error.contains(
                "cargo +nightly fuzz run --fuzz-dir tests/fuzz/libfuzzer http tests/fuzz/libfuzzer/artifacts/"
            )
        );
        assert!(failure("http", &[], &[]).contains("without an input"));
    }
}
