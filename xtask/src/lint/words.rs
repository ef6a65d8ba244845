//! Rejects words that are not those of this project: each concept has one word, which readers know
//! from other projects.
//!
//! Only words that a plain search can judge are listed. "Repeat" is not: a cursor can repeat, a
//! call is retried.

use std::fs;
use std::ops::Range;
use std::path::Path;

use crate::{Outcome, cargo, fixtures};

/// The files and folders that are checked, below the root.
const SCOPE: &[&str] = &[
    ".github",
    "CONTRIBUTING.md",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "crates/tim-cli/README.md",
    "crates/tim-cli/npm",
    "crates/tim-cli/python",
    "crates/tim-cli/src",
    "crates/tim-cli/tests",
    "crates/tim-emulator/README.md",
    "crates/tim-emulator/src",
    "crates/tim-follow",
    "crates/tim-sig",
    "crates/tim-transport",
    "crates/tim-types",
    "crates/tim-webhook",
    "docs/api",
    "docs/bulk.md",
    "docs/calls.md",
    "docs/cli.md",
    "docs/design.md",
    "docs/emulator-admin.md",
    "docs/emulator-behaviour.md",
    "docs/emulator.md",
    "docs/guide",
    "docs/install.md",
    "docs/migrate.md",
    "docs/release.md",
    "docs/webhooks.md",
    "docs/zh",
    "examples",
    "tests/fuzz/src",
    "tests/simulate",
    "xtask/dist",
    "xtask/src/coverage",
    "xtask/src/dist",
    "xtask/src/fuzz",
    "xtask/src/helpers",
    "xtask/src/mutants",
    "xtask/src/release",
    "xtask/src/release.rs",
];

/// The files that are checked in a folder, by the end of their names.
const EXTENSIONS: [&str; 10] = ["js", "lua", "md", "mjs", "py", "rs", "sh", "toml", "ts", "yml"];

/// Words, what to write instead, and the phrases in which they are right.
///
/// A word with a capital letter is found as it is, any other one in both cases. It is found in
/// `snake_case` and `CamelCase` too. A word that ends with a blank needs a letter behind the blank.
struct Rule {
    words: &'static [&'static str],
    write: &'static str,
    except: &'static [&'static str],
}

const fn rule(words: &'static [&'static str], write: &'static str, except: &'static [&'static str]) -> Rule {
    Rule { words, write, except }
}

/// To allow a quoted text of the service, add it to the exceptions of its word.
const RULES: &[Rule] = &[
    rule(
        &["refuse", "refused", "refuses", "refusing", "refusal", "refusals"],
        "reject, rejection (the service); deny (a permission); invalid (input)",
        &["ConnectionRefused", "connection refused"],
    ),
    rule(&["answer", "answers", "answered", "answering"], "response, respond, return", &[]),
    rule(&["anew", "once more"], "again", &[]),
    rule(&["repetition", "repetitions"], "retry", &[]),
    rule(&["goes on", "go on from"], "resumes, continues", &[]),
    rule(&["stands in", "stand in", "is written down in"], "is in", &[]),
    rule(&["whoever", "those who"], "callers that, a client that", &[]),
    rule(&["is no "], "is not a", &["is no longer", "there is no "]),
    rule(&["of the moment", "that may pass", "what may pass"], "transient", &[]),
    rule(&["the other reading"], "alternative behaviour", &[]),
    rule(&["spelling", "spellings"], "encoding", &[]),
    rule(&["told", "said"], "reported, passed, called with", &[]),
    rule(&["complain", "complains", "complained", "complaint", "complaints"], "throttle, throttling", &[]),
    rule(&["place of the service"], "endpoint, base URL", &[]),
    rule(&["targets are through"], "processed", &[]),
    rule(&["quota", "quotas"], "rate limit, rate limiter", &["/_emulator/quota", "tim:quota"]),
    rule(&["lane", "lanes"], "sliding window", &[]),
    rule(&["twin", "twins"], "duplicate", &[]),
    rule(&["doom", "doomed"], "abort, abort_reason", &[]),
    rule(&["Moment"], "ClockReading", &[]),
    rule(&["Flight"], "CallState", &["InFlight"]),
    rule(&["Ticket"], "Waiter", &[]),
    rule(&["Phase"], "TransportErrorKind", &[]),
    rule(&["CountsOf"], "Counters", &[]),
    rule(&["WhenAway", "FailClosed"], "OnUnavailable", &[]),
    rule(&["Resigned"], "SignatureRefreshed", &[]),
];

/// Checks every file in the scope.
pub(super) fn check() -> Outcome {
    let root = cargo::root();
    let mut found = Vec::new();
    for path in SCOPE {
        check_path(&root, Path::new(path), &mut found)?;
    }
    match found.len() {
        0 => Ok(()),
        count => Err(format!("{}\n{count} words to replace (see xtask/src/lint/words.rs)", found.join("\n"))),
    }
}

/// Adds a line for each word that is found in the file or folder at `path`, which is below `root`.
fn check_path(root: &Path, path: &Path, found: &mut Vec<String>) -> Outcome {
    let full = root.join(path);
    if full.is_dir() {
        let problem = |error: std::io::Error| format!("{}: {error}", path.display());
        let entries: Result<Vec<_>, _> = fs::read_dir(&full).map_err(problem)?.collect();
        let mut names: Vec<_> = entries.map_err(problem)?.iter().map(|entry| path.join(entry.file_name())).collect();
        names.retain(|name| root.join(name).is_dir() || has_checked_extension(name));
        names.sort();
        return names.iter().try_for_each(|name| check_path(root, name, found));
    }
    for Finding { line, word, write } in findings(&fixtures::read(&full)?) {
        found.push(format!("{}:{line}: `{word}`: write {write}", path.display()));
    }
    Ok(())
}

fn has_checked_extension(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|end| EXTENSIONS.contains(&end))
}

/// A word that is found in a text.
#[derive(Debug, PartialEq)]
struct Finding {
    line: usize,
    word: String,
    write: &'static str,
}

/// The words to replace, in the order of their lines.
fn findings(text: &str) -> Vec<Finding> {
    let text = Joined::new(text);
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| text.findings(rule)).collect();
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// A text on one line, so that a phrase is found where a line ends within it.
struct Joined {
    text: String,
    lower: String,
    /// Where each line starts in the text.
    starts: Vec<usize>,
}

impl Joined {
    fn new(source: &str) -> Self {
        let (mut text, mut starts) = (String::new(), Vec::new());
        for line in source.lines() {
            starts.push(text.len());
            let line = line.trim();
            let comment = ["///", "//!", "//", "--", "#"].iter().find_map(|mark| line.strip_prefix(mark));
            text.push_str(comment.unwrap_or(line).trim_start());
            text.push(' ');
        }
        Self { lower: text.to_ascii_lowercase(), text, starts }
    }

    fn findings(&self, rule: &Rule) -> Vec<Finding> {
        let excepted: Vec<Range<usize>> =
            rule.except.iter().flat_map(|phrase| ranges(&self.lower, &phrase.to_ascii_lowercase())).collect();
        let is_excepted =
            |range: &Range<usize>| excepted.iter().any(|other| other.start <= range.start && range.end <= other.end);
        let ranges = rule.words.iter().flat_map(|word| self.ranges(word)).filter(|range| !is_excepted(range));
        let finding = |range: Range<usize>| Finding {
            line: self.starts.partition_point(|start| *start <= range.start),
            word: self.text[range].trim().to_owned(),
            write: rule.write,
        };
        ranges.map(finding).collect()
    }

    fn ranges(&self, word: &str) -> Vec<Range<usize>> {
        let is_exact = word.contains(|c: char| c.is_ascii_uppercase());
        let text = if is_exact { &self.text } else { &self.lower };
        let mut ranges = ranges(text, word);
        ranges.retain(|range| self.is_word(range));
        ranges
    }

    /// Whether there is a whole word, or a whole part of an identifier, at `range`.
    fn is_word(&self, range: &Range<usize>) -> bool {
        let at = |index: usize| self.text.as_bytes().get(index).copied().unwrap_or(b' ');
        let (first, last, after) = (at(range.start), at(range.end - 1), at(range.end));
        let before = if range.start == 0 { b' ' } else { at(range.start - 1) };
        let starts = !before.is_ascii_alphabetic() || before.is_ascii_lowercase() && first.is_ascii_uppercase();
        let ends = match last {
            b' ' => after.is_ascii_alphabetic(),
            _ => !after.is_ascii_alphabetic() || last.is_ascii_lowercase() && after.is_ascii_uppercase(),
        };
        starts && ends
    }
}

fn ranges(text: &str, phrase: &str) -> Vec<Range<usize>> {
    text.match_indices(phrase).map(|(start, found)| start..start + found.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and word of each finding.
    fn found(text: &str) -> Vec<(usize, String)> {
        findings(text).into_iter().map(|finding| (finding.line, finding.word)).collect()
    }

    #[test]
    fn a_finding_names_its_line_and_what_to_write() {
        let findings = findings("one\nThe Answer is\nthree");
        let expected = Finding { line: 2, word: "Answer".to_owned(), write: "response, respond, return" };
        assert_eq!(findings, [expected]);
    }

    #[test]
    fn whole_words_and_parts_of_identifiers_are_found() {
        for text in ["an answer.", "ANSWER", "not_an_answer()", "RawAnswer", "AnswerKind", "readAnswer2", "`quota`"] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for text in ["twinkle", "planet", "unsaid", "Renewal", "moments", "a moment", "response", "Momentum"] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_phrase_is_found_where_a_line_ends_within_it() {
        assert_eq!(found("one\n    /// It goes\n    /// on there\n"), [(2, "goes on".to_owned())]);
        assert_eq!(found("It is\nno list.\n"), [(1, "is no".to_owned())]);
    }

    #[test]
    fn exceptions_are_not_found_but_the_same_word_beside_them_is() {
        assert_eq!(found("There is no list. It is no longer one. ErrorKind::ConnectionRefused, tim:quota"), []);
        assert_eq!(found("GET /_emulator/quota"), []);
        assert_eq!(found("connection refused and refused"), [(1, "refused".to_owned())]);
        assert_eq!(found("there is no list that is no good"), [(1, "is no".to_owned())]);
        assert_eq!(found("the result is no."), []);
    }

    #[test]
    fn type_names_are_found_in_their_case_only() {
        assert_eq!(found("in flight, InFlight, Flight"), [(1, "Flight".to_owned())]);
    }

    #[test]
    fn findings_come_in_the_order_of_their_lines() {
        assert_eq!(found("quota\nanswer"), [(1, "quota".to_owned()), (2, "answer".to_owned())]);
    }

    #[test]
    fn no_replacement_and_no_exception_is_useless() {
        for rule in RULES {
            assert_eq!(found(rule.write), [], "the replacement for {:?} is rejected itself", rule.words);
            for phrase in rule.except {
                let phrase = phrase.to_ascii_lowercase();
                assert!(rule.words.iter().any(|word| phrase.contains(&word.to_ascii_lowercase())), "{phrase}");
            }
        }
    }

    #[test]
    fn folders_are_checked_with_their_folders_but_only_some_files() {
        assert!(has_checked_extension(Path::new("a/b.rs")) && has_checked_extension(Path::new("acquire.lua")));
        assert!(!has_checked_extension(Path::new("request.json")) && !has_checked_extension(Path::new("LICENSE")));
    }
}
