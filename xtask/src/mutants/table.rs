//! The table of results.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::records::Verdict;

/// The column in which a mutant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Caught,
    Timeout,
    Unviable,
    Explained,
    Unexplained,
    NotRun,
}

const COLUMNS: [(Column, &str); 6] = [
    (Column::Caught, "caught"),
    (Column::Timeout, "timeout"),
    (Column::Unviable, "unviable"),
    (Column::Explained, "survived with reason"),
    (Column::Unexplained, "survived without"),
    (Column::NotRun, "not run"),
];

impl Column {
    pub(super) fn of(verdict: Option<Verdict>, has_reason: bool) -> Self {
        match verdict {
            Some(Verdict::Caught) => Self::Caught,
            Some(Verdict::Timeout) => Self::Timeout,
            Some(Verdict::Unviable) => Self::Unviable,
            Some(Verdict::Missed) if has_reason => Self::Explained,
            Some(Verdict::Missed) => Self::Unexplained,
            None => Self::NotRun,
        }
    }
}

/// Counts the mutants of each file, in the syntax of Markdown.
pub(super) fn table<'a>(mutants: impl Iterator<Item = (&'a str, Column)>) -> String {
    let mut files: BTreeMap<&str, Vec<Column>> = BTreeMap::new();
    let mut all = Vec::new();
    for (file, column) in mutants {
        files.entry(file).or_default().push(column);
        all.push(column);
    }
    let names = COLUMNS.map(|(_, name)| name).join(" | ");
    let mut text = format!("| file | mutants | {names} |\n|---|{}\n", "---:|".repeat(COLUMNS.len() + 1));
    for (file, found) in files.iter().map(|(file, found)| (*file, found)).chain([("all", &all)]) {
        let counts = COLUMNS.map(|(column, _)| found.iter().filter(|other| **other == column).count().to_string());
        let _ = writeln!(text, "| {file} | {} | {} |", found.len(), counts.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_are_counted_by_file_and_result() {
        let missed = |has_reason| Column::of(Some(Verdict::Missed), has_reason);
        let mutants = [("b.rs", missed(true)), ("a.rs", missed(false)), ("b.rs", Column::of(None, true))];
        let caught = ("b.rs", Column::of(Some(Verdict::Caught), true));
        let text = table(mutants.into_iter().chain([caught]));
        let rows: Vec<_> = text.lines().skip(2).collect();
        let expected = [
            "| a.rs | 1 | 0 | 0 | 0 | 0 | 1 | 0 |",
            "| b.rs | 3 | 1 | 0 | 0 | 1 | 0 | 1 |",
            "| all | 4 | 1 | 0 | 0 | 1 | 1 | 1 |",
        ];
        assert_eq!(rows, expected);
    }
}
