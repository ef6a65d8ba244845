//! The mutants that no test can detect, each with the reason.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::list::Mutant;

#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Reason>);

/// A survivor, without line numbers, so that it stays the same if other code changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    file: String,
    /// What is changed in which function, in the words of cargo-mutants.
    change: String,
    /// The line of code, if the function has several such mutants.
    line: Option<String>,
    /// Why the change has no effect that a test can observe.
    reason: String,
}

impl Reasons {
    /// Reads the file of a crate. A file that does not exist holds no reasons.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let reasons: Vec<Reason> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match reasons.iter().find(|reason| reason.reason.trim().is_empty()) {
            Some(empty) => Err(format!("{empty}: the reason is empty")),
            None => Ok(Self(reasons)),
        }
    }

    /// Whether there is a reason for this mutant.
    pub(super) fn explain(&self, mutant: &Mutant) -> bool {
        self.0.iter().any(|reason| reason.is_for(mutant))
    }

    /// The reasons for mutants that do not exist.
    pub(super) fn stale(&self, all: &[Mutant]) -> Vec<&Reason> {
        self.0.iter().filter(|reason| !all.iter().any(|mutant| reason.is_for(mutant))).collect()
    }
}

impl Reason {
    fn is_for(&self, mutant: &Mutant) -> bool {
        self.file == mutant.file
            && self.change == mutant.change
            && self.line.as_ref().is_none_or(|line| *line == mutant.line)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.change)?;
        self.line.as_ref().map_or(Ok(()), |line| write!(f, ", in `{line}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(change: &str, line: &str) -> Mutant {
        let [name, file, change, line] = ["a.rs:1:1: x", "a.rs", change, line].map(str::to_owned);
        Mutant { name, file, change, line, source: String::new() }
    }

    #[test]
    fn a_reason_is_for_the_mutants_of_its_line() {
        let text = r#"[{"file": "a.rs", "change": "replace < with <= in f", "line": "a < b", "reason": "equal"},
            {"file": "a.rs", "change": "replace g with ()", "reason": "no effect"}]"#;
        let reasons = Reasons::parse(text).unwrap();
        assert!(reasons.explain(&mutant("replace < with <= in f", "a < b")));
        assert!(!reasons.explain(&mutant("replace < with <= in f", "a < c")));
        assert!(reasons.explain(&mutant("replace g with ()", "anything")));
        let stale = reasons.stale(&[mutant("replace < with <= in f", "a < c"), mutant("replace g with ()", "")]);
        let stale: Vec<_> = stale.into_iter().map(Reason::to_string).collect();
        assert_eq!(stale, ["a.rs: replace < with <= in f, in `a < b`"]);
    }

    #[test]
    fn a_reason_has_to_say_something() {
        let error = Reasons::parse(r#"[{"file": "a.rs", "change": "c", "reason": " "}]"#).unwrap_err();
        assert_eq!(error, "a.rs: c: the reason is empty");
        assert!(Reasons::parse(r#"[{"file": "a.rs", "change": "c", "reasons": "x"}]"#).is_err());
    }
}
