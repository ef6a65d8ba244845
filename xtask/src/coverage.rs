//! The lines that the tests execute, as a table. Needs the program cargo-llvm-cov and the component
//! llvm-tools of the toolchain.
//!
//! The percentages have no limit. In the modules of [`EXPLAINED`], each line that is not
//! executed needs a reason in `tests/coverage/reasons.json`.

mod lcov;
mod reasons;
mod table;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use self::lcov::Source;
use self::reasons::{Gap, Reasons};
use crate::{Outcome, cargo, fixtures, redis};

/// The start of the paths of modules in which each line is executed, or has a reason.
const EXPLAINED: [&str; 4] = [
    "crates/tim-follow/src/batch",
    "crates/tim-follow/src/engine",
    "crates/tim-follow/src/pages",
    "crates/tim-follow/src/rate_limit",
];
/// The package with the tests that need more than one crate.
const TESTS: &str = "tim-tests";
/// The crate with the rate limiter that needs `redis-server`.
const CLIENT: &str = "tim-follow";

/// Runs the tests of some crates, or of all, and prints how many lines they execute.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let packages = cargo::packages()?;
    let crates = chosen(names, &packages)?;
    cargo::needs("cargo", &["llvm-cov", "--version"], "cargo install --locked cargo-llvm-cov")?;
    cargo::run(&["llvm-cov", "clean", "--workspace"])?;
    test(&crates, &packages)?;
    let redis_runs = crates.contains(CLIENT) && test_with_redis();

    let root = cargo::root();
    let report = cargo::output(&["llvm-cov", "report", "--lcov"])?;
    let sources = lcov::parse(&report, &root, |path| fixtures::read(&root.join(path)))?;
    let is_chosen = |source: &Source| crates.contains(lcov::crate_of(&source.path));
    let sources: Vec<_> = sources.into_iter().filter(is_chosen).collect();
    print!("{}", table::table(&sources, is_explained));
    if !crates.contains(CLIENT) {
        return Ok(());
    }
    if !redis_runs {
        println!("--- without redis-server, or with tests that failed: lines that need Redis can be missing");
    }
    explain(&sources, &Reasons::read(&root.join(reasons::FILE))?, redis_runs)
}

fn is_explained(path: &str) -> bool {
    EXPLAINED.iter().any(|start| path.starts_with(start))
}

/// The crates with these names, or all crates below `crates`.
fn chosen<'a>(names: &[&'a str], packages: &'a [Value]) -> Result<BTreeSet<&'a str>, String> {
    let is_ours = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        Path::new(manifest).starts_with(cargo::root().join("crates"))
    };
    let all: BTreeSet<&str> = packages.iter().filter(is_ours).filter_map(|package| package["name"].as_str()).collect();
    match names.iter().find(|name| !all.contains(*name)) {
        Some(name) => {
            let all = all.into_iter().collect::<Vec<_>>().join(", ");
            Err(format!("coverage: no crate is called `{name}`: use one of {all}"))
        }
        None if names.is_empty() => Ok(all),
        None => Ok(names.iter().copied().collect()),
    }
}

/// Runs the tests of the crates, and those that need more than one crate. Tests that need a
/// feature, such as those of the console, have tasks of their own.
fn test(crates: &BTreeSet<&str>, packages: &[Value]) -> Outcome {
    let mut args = vec!["llvm-cov", "test", "--no-report", "--lib"];
    let mut targets = BTreeSet::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        if crates.contains(name) || name == TESTS {
            args.extend(["-p", name]);
            let tests = package["targets"].as_array().into_iter().flatten().filter(|target| {
                target["kind"][0] == "test" && target["required-features"].as_array().is_none_or(Vec::is_empty)
            });
            targets.extend(tests.filter_map(|target| target["name"].as_str()));
        }
    }
    args.extend(targets.into_iter().flat_map(|target| ["--test", target]));
    if crates.contains(CLIENT) {
        // The rate limiter has unit tests that need no server.
        args.extend(["--features", "tim-tests/redis"]);
    }
    cargo::run(&args)
}

/// Runs the tests with Redis. Returns whether all succeeded: they count calls in real time, so they
/// can fail on a machine that is busy, but the lines that they execute count.
fn test_with_redis() -> bool {
    if redis::needs_server().is_err() {
        return false;
    }
    let args = ["llvm-cov", "test", "--no-report", "-p", TESTS, "--features", "redis", "--test", "redis"];
    // The tests of `tim` need the program, and nothing of the rate limiter is only in them.
    let result = cargo::run(&[&args[..], &["--", "--test-threads=1", "--skip", "tim::"]].concat());
    result.inspect_err(|error| println!("--- {error}: the lines that it executed count")).is_ok()
}

/// Fails if a line without a reason is not executed, or if a reason is for code that does not
/// exist.
fn explain(sources: &[Source], reasons: &Reasons, redis_runs: bool) -> Outcome {
    let explained = sources.iter().filter(|source| is_explained(&source.path));
    let gaps: Vec<Gap> = explained.clone().flat_map(Gap::all).collect();
    let mut problems: Vec<String> = gaps
        .iter()
        .filter(|gap| reasons.explain(gap).is_none() && (redis_runs || !gap.path.contains("/redis")))
        .map(|gap| format!("{gap}: no test executes it"))
        .collect();
    problems.extend(reasons.stale(|path| explained.clone().find(|source| source.path == path)));
    for reason in reasons.unneeded(&gaps) {
        println!("{reason}: a test executes it now, so the reason is not needed");
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{}\ncoverage: write a test, or add a reason to {}", problems.join("\n"), reasons::FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_is_not_a_crate_is_an_error() {
        let path = |name: &str| cargo::root().join("crates").join(name).join("Cargo.toml");
        let packages = [
            json!({"name": "tim-sig", "manifest_path": path("tim-sig")}),
            json!({"name": "xtask", "manifest_path": cargo::root().join("xtask/Cargo.toml")}),
        ];
        assert_eq!(chosen(&[], &packages), Ok(BTreeSet::from(["tim-sig"])));
        let error = chosen(&["xtask"], &packages).unwrap_err();
        assert_eq!(error, "coverage: no crate is called `xtask`: use one of tim-sig");
    }

    fn source(path: &str, text: &str, counts: &[(usize, u64)]) -> Source {
        Source { path: path.to_owned(), lines: text.lines().map(str::to_owned).collect(), counts: counts.to_vec() }
    }

    #[test]
    fn a_line_needs_a_test_or_a_reason() {
        let text = "fn a() {\n    b();\n}\n";
        let sources = [
            source("crates/tim-follow/src/engine.rs", text, &[(1, 1), (2, 0), (3, 1)]),
            source("crates/tim-follow/src/config.rs", text, &[(1, 0), (2, 0), (3, 0)]),
        ];
        let error = explain(&sources, &Reasons::default(), true).unwrap_err();
        assert!(error.starts_with("crates/tim-follow/src/engine.rs:2: fn a, `b();`: no test executes it\n"), "{error}");
        let reason = |line: &str| {
            let reason =
                json!([{"file": "crates/tim-follow/src/engine.rs", "function": "a", "line": line, "reason": "x"}]);
            Reasons::parse(&reason.to_string()).unwrap()
        };
        assert_eq!(explain(&sources, &reason("b();"), true), Ok(()));
        let error = explain(&sources, &reason("c();"), true).unwrap_err();
        assert!(error.contains("fn a, `c();`: this line does not exist\n"), "{error}");
    }

    #[test]
    fn lines_that_need_redis_can_be_missing_without_it() {
        let source = source("crates/tim-follow/src/rate_limit/redis.rs", "fn a() {\n", &[(1, 0)]);
        assert_eq!(explain(&[source], &Reasons::default(), false), Ok(()));
    }
}
