//! Why some lines are not executed by tests.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::lcov::Source;
use crate::fixtures;

/// The file with the reasons, below the root.
pub(super) const FILE: &str = "tests/coverage/reasons.json";

/// Successive lines that no test executes. Line numbers change with each edit, so the function and
/// the text of the first line identify it.
#[derive(Debug, PartialEq)]
pub(super) struct Gap {
    pub(super) path: String,
    number: usize,
    function: String,
    line: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    file: String,
    function: String,
    line: String,
    reason: String,
}

/// All reasons.
#[derive(Debug, Default)]
pub(super) struct Reasons(Vec<Reason>);

impl Gap {
    /// All gaps of a source.
    pub(super) fn all(source: &Source) -> Vec<Self> {
        let gap = |(first, _)| Self {
            path: source.path.clone(),
            number: first,
            function: function_at(source, first).to_owned(),
            line: source.text(first).to_owned(),
        };
        source.gaps().into_iter().map(gap).collect()
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, number, function, line } = self;
        write!(f, "{path}:{number}: fn {function}, `{line}`")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: fn {}, `{}`", self.file, self.function, self.line)
    }
}

impl Reason {
    fn is_for(&self, gap: &Gap) -> bool {
        (&self.file, &self.function, &self.line) == (&gap.path, &gap.function, &gap.line)
    }
}

impl Reasons {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        Self::parse(&fixtures::read(path)?)
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let reasons: Vec<Reason> = serde_json::from_str(text).map_err(|error| format!("{FILE}: {error}"))?;
        match reasons.iter().find(|reason| reason.reason.trim().is_empty()) {
            Some(reason) => Err(format!("{FILE}: {reason}: the reason is empty")),
            None => Ok(Self(reasons)),
        }
    }

    pub(super) fn explain(&self, gap: &Gap) -> Option<&str> {
        self.0.iter().find(|reason| reason.is_for(gap)).map(|reason| reason.reason.as_str())
    }

    /// A text for each reason whose line does not exist in its source.
    pub(super) fn stale<'a>(&self, source: impl Fn(&str) -> Option<&'a Source>) -> Vec<String> {
        let exists = |reason: &&Reason| {
            source(&reason.file).is_some_and(|source| {
                let mut numbers = 1..=source.lines.len();
                numbers.any(|at| source.text(at) == reason.line && function_at(source, at) == reason.function)
            })
        };
        self.0
            .iter()
            .filter(|reason| !exists(reason))
            .map(|reason| format!("{reason}: this line does not exist"))
            .collect()
    }

    /// The reasons for lines that a test executes.
    pub(super) fn unneeded(&self, gaps: &[Gap]) -> Vec<String> {
        self.0.iter().filter(|reason| !gaps.iter().any(|gap| reason.is_for(gap))).map(Reason::to_string).collect()
    }
}

/// The name of the function in which a line is: of the last one that starts before it or in it.
fn function_at(source: &Source, number: usize) -> &str {
    let name = |line: &'_ String| {
        let code = line.trim_start();
        let start = code.find("fn ").filter(|at| {
            let before = code.get(..*at).unwrap_or_default();
            before.split_whitespace().all(|word| matches!(word, "pub" | "const" | "async") || word.starts_with("pub("))
        })?;
        let end = code.get(start + 3..)?.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let at = line.len() - code.len() + start + 3;
        Some((at, at + end))
    };
    let mut before = source.lines.iter().take(number).rev();
    before.find_map(|line| name(line).and_then(|(start, end)| line.get(start..end))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_identified_by_its_function_and_its_first_line() {
        let text = "impl X {\n    pub(super) async fn one(&self) {\n        a(fn () {});\n    }\n\n    fn two() {\n        b()\n";
        let lines = text.lines().map(str::to_owned).collect();
        let counts = vec![(2, 1), (3, 0), (4, 1), (6, 0), (7, 0)];
        let source = Source { path: "x.rs".to_owned(), lines, counts };
        let gaps: Vec<_> = Gap::all(&source).iter().map(Gap::to_string).collect();
        assert_eq!(gaps, ["x.rs:3: fn one, `a(fn () {});`", "x.rs:6: fn two, `fn two() {`"]);
    }

    #[test]
    fn a_reason_is_not_empty() {
        let error = Reasons::parse(r#"[{"file":"x.rs","function":"f","line":"g()","reason":" "}]"#).unwrap_err();
        assert!(error.ends_with("x.rs: fn f, `g()`: the reason is empty"), "{error}");
    }

    #[test]
    fn a_reason_for_a_line_that_is_executed_is_reported() {
        let reasons = Reasons::parse(r#"[{"file":"x.rs","function":"f","line":"g()","reason":"no"}]"#).unwrap();
        let gap = Gap { path: "x.rs".to_owned(), number: 7, function: "f".to_owned(), line: "g()".to_owned() };
        assert_eq!(reasons.unneeded(&[]), ["x.rs: fn f, `g()`"]);
        assert!(reasons.unneeded(&[gap]).is_empty());
    }
}
