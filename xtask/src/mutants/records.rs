//! The results of all runs. They are below `target`; a result counts while the function with the
//! mutant is unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::list::Mutant;
use super::{Paths, fixtures};
use crate::{Outcome, cargo};

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// A test failed.
    Caught,
    /// The tests did not end.
    Timeout,
    /// It does not compile.
    Unviable,
    /// No test failed.
    Missed,
}

pub(super) struct Records {
    records: BTreeMap<Key, Record>,
    /// The number of test sets that judge this crate.
    judges: usize,
}

/// The file, the change and the hash of the source.
type Key = (String, String, String);

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    file: String,
    change: String,
    source: String,
    verdict: Verdict,
    /// The number of test sets that were run.
    judges: usize,
    /// The commit that was tested; `-dirty` if there were changes.
    commit: String,
}

/// What a run was started for. It is in a file, because the run can be stopped.
#[derive(Serialize, Deserialize)]
struct Plan {
    commit: String,
    judge: usize,
    /// File, change and source of each mutant, by the name that cargo-mutants gives it.
    mutants: BTreeMap<String, Key>,
}

impl Records {
    pub(super) fn read(paths: &Paths, judges: usize) -> Result<Self, String> {
        let records: Vec<Record> = read(&paths.records)?.unwrap_or_default();
        Ok(Self::new(records, judges))
    }

    fn new(records: Vec<Record>, judges: usize) -> Self {
        let key = |record: &Record| (record.file.clone(), record.change.clone(), record.source.clone());
        Self { records: records.into_iter().map(|record| (key(&record), record)).collect(), judges }
    }

    /// Forgets the survivors that have no reason, so that they are tested again: new tests may
    /// detect them.
    pub(super) fn forget_survivors(&mut self, mutants: &[Mutant], has_reason: impl Fn(&Mutant) -> bool) {
        for mutant in mutants {
            if self.verdict(mutant) == Some(Verdict::Missed) && !has_reason(mutant) {
                self.records.remove(&key(mutant));
            }
        }
    }

    /// Whether test set `judge`, which counts from 0, has to test this mutant.
    pub(super) fn is_pending(&self, mutant: &Mutant, judge: usize) -> bool {
        let record = self.records.get(&key(mutant));
        record.is_none_or(|record| record.verdict == Verdict::Missed && record.judges <= judge)
    }

    /// The final result of a mutant; `None` if a test set has yet to test it.
    pub(super) fn verdict(&self, mutant: &Mutant) -> Option<Verdict> {
        let record = self.records.get(&key(mutant))?;
        let is_final = record.verdict != Verdict::Missed || record.judges >= self.judges;
        is_final.then_some(record.verdict)
    }

    /// Prepares a run of these mutants with test set `judge`.
    pub(super) fn plan(&self, paths: &Paths, mutants: &[&Mutant], judge: usize) -> Outcome {
        let mutants = mutants.iter().map(|mutant| (mutant.name.clone(), key(mutant))).collect();
        let commit = cargo::output_of("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])?
            .trim()
            .to_owned();
        remove(&outcomes(paths))?;
        write(&plan(paths), &Plan { commit, judge, mutants })
    }

    /// Adds what the last run found, also if it was stopped.
    pub(super) fn collect(&mut self, paths: &Paths) -> Outcome {
        if let (Some(plan), Some(outcomes)) = (read::<Plan>(&plan(paths))?, read::<Value>(&outcomes(paths))?) {
            self.add(&plan, &outcomes);
            write(&paths.records, &self.records.values().collect::<Vec<_>>())?;
        }
        remove(&plan(paths))
    }

    fn add(&mut self, plan: &Plan, outcomes: &Value) {
        for outcome in outcomes["outcomes"].as_array().into_iter().flatten() {
            let name = outcome["scenario"]["Mutant"]["name"].as_str().unwrap_or_default();
            let verdict = match outcome["summary"].as_str() {
                Some("CaughtMutant") => Verdict::Caught,
                Some("MissedMutant") => Verdict::Missed,
                Some("Timeout") => Verdict::Timeout,
                Some("Unviable") => Verdict::Unviable,
                _ => continue,
            };
            if let Some((file, change, source)) = plan.mutants.get(name).cloned() {
                let key = (file.clone(), change.clone(), source.clone());
                let (judges, commit) = (plan.judge + 1, plan.commit.clone());
                self.records.insert(key, Record { file, change, source, verdict, judges, commit });
            }
        }
    }
}

fn key(mutant: &Mutant) -> Key {
    (mutant.file.clone(), mutant.change.clone(), mutant.source.clone())
}

fn plan(paths: &Paths) -> std::path::PathBuf {
    paths.output.join("plan.json")
}

fn outcomes(paths: &Paths) -> std::path::PathBuf {
    paths.output.join("mutants.out/outcomes.json")
}

/// Reads a file; `None` if it does not exist.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let parsed = serde_json::from_str(&fixtures::read(path)?);
    parsed.map(Some).map_err(|error| format!("{}: {error}; delete the file to start again", path.display()))
}

fn write(path: &Path, value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text + "\n"));
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn remove(path: &Path) -> Outcome {
    match fs::remove_file(path) {
        Err(error) if path.exists() => Err(format!("{} cannot be removed: {error}", path.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mutant(number: u32, source: &str) -> Mutant {
        Mutant {
            name: format!("a.rs:{number}:1: change {number}"),
            file: "a.rs".to_owned(),
            change: format!("change {number}"),
            line: String::new(),
            source: source.to_owned(),
        }
    }

    /// The records after a run of test set `judge` with these results.
    fn after(records: &mut Records, judge: usize, results: &[(&Mutant, &str)]) {
        let mutants = results.iter().map(|(mutant, _)| (mutant.name.clone(), key(mutant))).collect();
        let outcomes: Vec<Value> = results
            .iter()
            .map(|(mutant, summary)| json!({"scenario": {"Mutant": {"name": mutant.name}}, "summary": summary}))
            .chain([json!({"scenario": "Baseline", "summary": "Success"})])
            .collect();
        records.add(&Plan { commit: "c0ffee".to_owned(), judge, mutants }, &json!({ "outcomes": outcomes }));
    }

    #[test]
    fn only_survivors_of_a_test_set_are_tested_with_the_next() {
        let mut records = Records::new(Vec::new(), 2);
        let mutants = [1, 2, 3, 4].map(|number| mutant(number, "s"));
        assert!(mutants.iter().all(|mutant| records.is_pending(mutant, 0)));
        let [a, b, c, d] = &mutants;
        let first = [(a, "CaughtMutant"), (b, "MissedMutant"), (c, "Timeout"), (d, "Unviable")];
        after(&mut records, 0, &first);
        assert!(mutants.iter().all(|mutant| !records.is_pending(mutant, 0)));
        assert_eq!(mutants.each_ref().map(|mutant| records.is_pending(mutant, 1)), [false, true, false, false]);
        assert_eq!(records.verdict(b), None, "another test set has yet to test it");
        after(&mut records, 1, &[(b, "MissedMutant")]);
        let verdicts = mutants.each_ref().map(|mutant| records.verdict(mutant).unwrap());
        assert_eq!(verdicts, [Verdict::Caught, Verdict::Missed, Verdict::Timeout, Verdict::Unviable]);
    }

    #[test]
    fn a_changed_function_is_tested_again() {
        let mut records = Records::new(Vec::new(), 1);
        after(&mut records, 0, &[(&mutant(1, "s"), "CaughtMutant")]);
        assert!(!records.is_pending(&mutant(1, "s"), 0));
        assert!(records.is_pending(&mutant(1, "other"), 0));
    }

    #[test]
    fn a_survivor_is_tested_again_until_it_has_a_reason() {
        let mut records = Records::new(Vec::new(), 1);
        let mutants = [mutant(1, "s"), mutant(2, "s")];
        after(&mut records, 0, &[(&mutants[0], "MissedMutant"), (&mutants[1], "MissedMutant")]);
        records.forget_survivors(&mutants, |mutant| mutant.change == "change 2");
        assert_eq!(mutants.each_ref().map(|mutant| records.is_pending(mutant, 0)), [true, false]);
    }

    #[test]
    fn records_survive_a_file() {
        let mut records = Records::new(Vec::new(), 1);
        after(&mut records, 0, &[(&mutant(1, "s"), "Timeout")]);
        let text = serde_json::to_string(&records.records.values().collect::<Vec<_>>()).unwrap();
        assert!(text.contains(r#""verdict":"timeout","judges":1,"commit":"c0ffee""#), "{text}");
        let read = Records::new(serde_json::from_str(&text).unwrap(), 1);
        assert_eq!(read.verdict(&mutant(1, "s")), Some(Verdict::Timeout));
    }
}
