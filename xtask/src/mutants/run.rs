//! Runs cargo-mutants for some mutants and one set of tests.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use super::judges::Judge;
use super::list::Mutant;
use super::{Outcome, Paths};
use crate::cargo;

/// How long cargo may build. This is more than for the tests, because it can build all dependencies
/// first. A mutant does not make rustc hang: it stops constants that are evaluated for too long.
const BUILD_SECONDS: u32 = 900;

/// The number of cases of a property test: less than by default, because every mutant runs them.
const PROPTEST_CASES: &str = "64";

/// The time that the tests may take, at least and at most; then the mutant counts as one that
/// hangs.
const TEST_SECONDS: (u64, u64) = (15, 50);

/// Tests `pending`, which are mutants of `package` in the copy of the workspace. `all` is the
/// number of its mutants.
pub(super) fn judge(paths: &Paths, package: &str, judge: &Judge, pending: &[&Mutant], all: usize) -> Outcome {
    let limit = time_limit(judge, unmutated(paths, judge)?)?.to_string();
    let config = paths.output.join("mutants.toml");
    let names = if pending.len() == all { &[] } else { pending };
    fs::write(&config, config_text(judge, names))
        .map_err(|error| format!("{} cannot be written: {error}", config.display()))?;
    let (tree, config, output) =
        (paths.tree.to_string_lossy(), config.to_string_lossy(), paths.output.to_string_lossy());
    let build = BUILD_SECONDS.to_string();
    let args = ["mutants", "--in-place", "--dir", &tree, "--config", &config, "--output", &output];
    // The baseline of cargo-mutants would run the tests of `package` and not those of the set.
    let options = ["--package", package, "--test-package", judge.package, "--baseline", "skip"];
    let limits = ["--timeout", &limit, "--build-timeout", &build];
    let status = cargo::status(&[&args[..], &options, &limits].concat(), &environment(paths))?;
    match status.code() {
        // All were caught, some were missed, or some hung.
        Some(0 | 2 | 3) => Ok(()),
        _ => Err(format!("cargo-mutants failed with {status}; run the task again to resume")),
    }
}

/// Runs the tests without a mutant, and returns how long they took. If they fail, every mutant
/// would count as detected.
fn unmutated(paths: &Paths, judge: &Judge) -> Result<Duration, String> {
    let manifest = paths.tree.join("Cargo.toml").display().to_string();
    let test = ["test", "--quiet", "--manifest-path", &manifest, "--package", judge.package];
    let environment = environment(paths);
    cargo::run_with(&[&test[..], judge.targets, &["--no-run"]].concat(), &environment)?;
    let start = now();
    cargo::run_with(&[&test[..], judge.targets, &["--"], judge.tests].concat(), &environment)
        .map_err(|error| format!("{error} without a mutant, so it cannot judge any"))?;
    Ok(now().saturating_duration_since(start))
}

#[expect(clippy::disallowed_methods, reason = "how long tests take is real time")]
fn now() -> Instant {
    Instant::now()
}

/// The seconds that tests may take with a mutant, if they take `usual` without one: four times as
/// long. Fails if they are too slow to tell whether a mutant makes them hang.
fn time_limit(judge: &Judge, usual: Duration) -> Result<u64, String> {
    let (least, most) = TEST_SECONDS;
    if usual.as_secs() * 2 > most {
        return Err(format!(
            "`{judge}` takes {usual:.0?} without a mutant, but at most {most} s are allowed with one: choose quicker \
             tests, or run the task when the machine is idle"
        ));
    }
    Ok((usual.as_secs() * 4).clamp(least, most))
}

/// Without debug information, and only what a mutant changes is compiled again.
fn environment(paths: &Paths) -> Vec<(&'static str, String)> {
    let cases = std::env::var("PROPTEST_CASES").unwrap_or_else(|_| PROPTEST_CASES.to_owned());
    vec![
        ("CARGO_TARGET_DIR", paths.build.display().to_string()),
        ("CARGO_PROFILE_DEV_DEBUG", "0".to_owned()),
        ("CARGO_INCREMENTAL", "1".to_owned()),
        ("PROPTEST_CASES", cases),
    ]
}

/// The configuration of cargo-mutants; all mutants are tested if `names` is empty. A command line
/// could be too short for the names.
fn config_text(judge: &Judge, names: &[&Mutant]) -> String {
    // cargo-mutants 27.1 does not look at names if a change deletes a field, so at least the other
    // files are left out.
    let files: BTreeSet<&str> = names.iter().map(|mutant| mutant.file.as_str()).collect();
    let names: Vec<String> = names.iter().map(|mutant| format!("^{}$", escape(&mutant.name))).collect();
    let tests: Vec<&str> = if judge.tests.is_empty() { Vec::new() } else { [&["--"], judge.tests].concat() };
    // A list of texts is the same in JSON and in TOML.
    let list = |texts: &[&str]| serde_json::json!(texts).to_string();
    format!(
        "examine_globs = {}\nexamine_re = {}\nadditional_cargo_args = {}\nadditional_cargo_test_args = {}\n",
        list(&files.into_iter().collect::<Vec<_>>()),
        list(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        list(judge.targets),
        list(&tests)
    )
}

/// A regular expression that matches only this text.
fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !matches!(c, '_' | ':' | '/' | '\'' | '"' | '<' | '>');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_is_four_times_the_usual_time_and_less_than_a_minute() {
        let judge = Judge { package: "a", targets: &[], tests: &[] };
        let limit = |seconds| time_limit(&judge, Duration::from_secs(seconds));
        assert_eq!([1, 4, 10, 25].map(limit), [Ok(15), Ok(16), Ok(40), Ok(50)]);
        assert!(limit(26).unwrap_err().contains("takes 26s without a mutant"));
    }

    #[test]
    fn the_configuration_has_the_names_and_the_tests() {
        let judge = Judge { package: "a", targets: &["--lib"], tests: &["--skip", "slow"] };
        let name = "a.rs:1:2: replace <impl A<'_>>::b -> Option<&[u8]> with Some(\"x\")".to_owned();
        let mutant =
            Mutant { name, file: "a.rs".to_owned(), change: String::new(), line: String::new(), source: String::new() };
        let text = config_text(&judge, &[&mutant]);
        let expected = r#"examine_globs = ["a.rs"]
examine_re = ["^a\\.rs:1:2: replace <impl A<'_>>::b \\-> Option<\\&\\[u8\\]> with Some\\(\"x\"\\)$"]
additional_cargo_args = ["--lib"]
additional_cargo_test_args = ["--","--skip","slow"]
"#;
        assert_eq!(text, expected);
        let all = config_text(&Judge { package: "a", targets: &[], tests: &[] }, &[]);
        assert_eq!(
            all,
            "examine_globs = []\nexamine_re = []\nadditional_cargo_args = []\nadditional_cargo_test_args = []\n"
        );
    }
}
