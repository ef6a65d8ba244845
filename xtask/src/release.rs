//! What has to hold before the crates are published, and a dry run of publishing them.
//!
//! `release --check` needs nightly Rust and other programs, and takes long, so it runs weekly and
//! not for each change. Each check is one file or another task. A missing program is reported with
//! the command that installs it.

mod changelog;
mod docs;
mod features;
mod left;
mod metadata;
mod minimal;
mod msrv;
mod names;
mod published;
mod semver;
mod tarballs;
mod unpacked;

use crate::{Outcome, cargo, deny, external_types, lint};

/// A check, with its name on the command line.
type Check = (&'static str, fn() -> Outcome);

/// Quick checks first.
const CHECKS: [Check; 11] = [
    ("metadata", metadata::check),
    ("changelog", changelog::check),
    ("unused", lint::unused::check),
    ("licences", deny::run),
    ("msrv", msrv::check),
    ("docs", docs::check),
    ("external-types", external_types::run),
    ("semver", semver::check),
    ("tarballs", tarballs::check),
    ("minimal", minimal::check),
    ("features", features::check),
];

pub(crate) fn run(options: &[&str]) -> Outcome {
    match options {
        [] => dry_run(),
        ["--check", names @ ..] => check(&chosen(names)?),
        _ => Err(format!("release: unknown option `{}`: use `--check`, or no option for a dry run", options.join(" "))),
    }
}

/// Packages and builds all crates as `cargo publish` does, and lists what is left for a person.
fn dry_run() -> Outcome {
    let published = published::in_order()?;
    let names: Vec<&str> = published.iter().map(|package| package.name.as_str()).collect();
    println!("order: {}", names.join(", "));
    let packages: Vec<&str> = names.iter().flat_map(|name| ["-p", name]).collect();
    // cargo publishes to nobody here, but packages and builds each crate with those before it.
    cargo::run(&[&["publish", "--dry-run"], &packages[..]].concat())?;
    println!("\nleft for a person:");
    for (number, item) in left::items(&published)?.iter().enumerate() {
        println!("{:>2}. {item}", number + 1);
    }
    Ok(())
}

/// All checks, or those with these names.
fn chosen(names: &[&str]) -> Result<Vec<Check>, String> {
    if let Some(unknown) = names.iter().find(|name| !CHECKS.iter().any(|(known, _)| known == *name)) {
        let known = CHECKS.map(|(name, _)| name).join(", ");
        return Err(format!("release --check: unknown check `{unknown}`: use one of {known}"));
    }
    Ok(CHECKS.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name)).collect())
}

/// Runs all of the checks, also after one that fails, because some take minutes.
fn check(checks: &[Check]) -> Outcome {
    let mut failed = Vec::new();
    for (name, check) in checks {
        println!("=== {name}");
        if let Err(problem) = check() {
            eprintln!("{problem}\n");
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("{} of {} checks failed, see above: {}", failed.len(), checks.len(), failed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_chosen_by_name() {
        let names =
            |names: &[&str]| chosen(names).map(|checks| checks.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names(&[]).unwrap().len(), CHECKS.len());
        assert_eq!(names(&["msrv", "metadata"]).unwrap(), ["metadata", "msrv"]);
        assert!(names(&["msvr"]).unwrap_err().contains("unknown check `msvr`"));
    }
}
