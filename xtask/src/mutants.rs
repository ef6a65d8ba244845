//! Planted faults: cargo-mutants changes one place of a crate after the other, and each change has
//! to make a test fail. Needs the program cargo-mutants. Not part of `cargo xtask ci`.
//!
//! The results are in `target/mutants`, so a run that was stopped resumes. A change that no test
//! detects needs a reason in `tests/mutants/CRATE.json`.

mod judges;
mod list;
mod options;
mod reasons;
mod records;
mod run;
mod table;
mod tree;

use std::path::PathBuf;

use self::judges::Judges;
use self::list::Mutant;
use self::options::{Options, Part};
use self::reasons::Reasons;
use self::records::{Records, Verdict};
use self::table::Column;
use crate::{Outcome, cargo, fixtures};

/// The files of one crate's runs.
struct Paths {
    /// The copy of the workspace that is changed.
    tree: PathBuf,
    /// What cargo builds there.
    build: PathBuf,
    /// What cargo-mutants writes.
    output: PathBuf,
    /// The results of all runs.
    records: PathBuf,
    /// The reasons of the survivors, in the repository.
    reasons: PathBuf,
}

impl Paths {
    fn new(package: &str) -> Self {
        let base = cargo::target().join("mutants");
        Self {
            tree: base.join("tree"),
            build: base.join("build"),
            output: base.join(package),
            records: base.join(format!("{package}.json")),
            reasons: cargo::root().join(format!("tests/mutants/{package}.json")),
        }
    }
}

/// Runs the mutants of a crate that have no result yet, prints a table, and fails if one survived
/// without a reason.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let options = Options::parse(args)?;
    let judges = Judges::of(options.package)?;
    cargo::needs("cargo", &["mutants", "--version"], "cargo install --locked cargo-mutants")?;
    let paths = Paths::new(options.package);
    let diff = match options.part {
        Part::Since(revision) => Some(list::diff(&paths, options.package, revision)?),
        _ => None,
    };

    let mut records = Records::read(&paths, judges.0.len())?;
    records.collect(&paths)?;
    tree::copy(&paths.tree)?;
    let all = list::mutants(&paths.tree, options.package, None)?;
    let chosen = match diff {
        Some(diff) => list::mutants(&paths.tree, options.package, Some(&diff))?,
        None => options.part.of(all.clone(), |mutant| &mutant.file),
    };
    if chosen.is_empty() {
        println!("this part of {} has no mutants", options.package);
    }
    let reasons = Reasons::read(&paths.reasons)?;
    records.forget_survivors(&chosen, |mutant| reasons.explain(mutant));
    for (number, judge) in judges.0.iter().enumerate() {
        let pending: Vec<&Mutant> = chosen.iter().filter(|mutant| records.is_pending(mutant, number)).collect();
        if !pending.is_empty() {
            println!("--- {} mutants, test set {} of {}: {judge}", pending.len(), number + 1, judges.0.len());
            records.plan(&paths, &pending, number)?;
            let result = run::judge(&paths, options.package, judge, &pending, all.len());
            records.collect(&paths)?;
            result?;
        }
    }
    report(&chosen, &all, &records, &reasons, &paths)
}

/// Prints the results. Fails if a mutant survived without a reason, or if a reason is for a mutant
/// that does not exist.
fn report(chosen: &[Mutant], all: &[Mutant], records: &Records, reasons: &Reasons, paths: &Paths) -> Outcome {
    let of = |mutant| Column::of(records.verdict(mutant), reasons.explain(mutant));
    print!("{}", table::table(chosen.iter().map(|mutant| (mutant.file.as_str(), of(mutant)))));
    for mutant in chosen.iter().filter(|mutant| records.verdict(mutant) == Some(Verdict::Timeout)) {
        println!("{}: the tests did not end in time and were stopped, so the mutant counts as detected", mutant.name);
    }
    let survivors: Vec<_> = chosen.iter().filter(|mutant| of(mutant) == Column::Unexplained).collect();
    let stale = reasons.stale(all);
    for mutant in &survivors {
        println!("{}: no test detects it", mutant.name);
    }
    for reason in &stale {
        println!("{reason}: this mutant does not exist");
    }
    let not_run = chosen.iter().filter(|mutant| of(mutant) == Column::NotRun).count();
    if survivors.is_empty() && stale.is_empty() && not_run == 0 {
        return Ok(());
    }
    Err(format!(
        "{} mutants survive without a reason, {} reasons are for mutants that do not exist, and {not_run} mutants have \
         no result: write a test that fails with the mutant, simplify the code, or add the reason to {}",
        survivors.len(),
        stale.len(),
        paths.reasons.display()
    ))
}
