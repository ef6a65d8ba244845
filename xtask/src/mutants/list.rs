//! The mutants of a crate, as cargo-mutants lists them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Paths;
use crate::{cargo, fixtures};

/// A change of one place.
#[derive(Debug, Clone)]
pub(super) struct Mutant {
    /// How cargo-mutants names it: file, line, column and change.
    pub(super) name: String,
    pub(super) file: String,
    /// What is changed in which function.
    pub(super) change: String,
    /// The line of code that it is in, without blanks around it.
    pub(super) line: String,
    /// A hash of its function and of its position there.
    pub(super) source: String,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    file: String,
    function: Option<Function>,
    span: Span,
}

#[derive(Deserialize)]
struct Function {
    span: Span,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

#[derive(Deserialize)]
struct Position {
    line: usize,
    column: usize,
}

/// What these files do is only used by the simulation, whose tests are too slow to judge mutants.
const ONLY_FOR_SIMULATIONS: &str = "**/direct.rs";

/// Lists the mutants of a package in a copy of the workspace; with `diff`, those in lines that this
/// file changes.
pub(super) fn mutants(tree: &Path, package: &str, diff: Option<&Path>) -> Result<Vec<Mutant>, String> {
    let (tree_text, diff) = (tree.to_string_lossy(), diff.map(Path::to_string_lossy));
    let mut args = vec!["mutants", "--dir", &tree_text, "--no-config", "--list", "--json", "--package", package];
    args.extend(["--exclude", ONLY_FOR_SIMULATIONS]);
    if let Some(diff) = &diff {
        args.extend(["--in-diff", diff]);
    }
    let text = cargo::output(&args)?;
    // cargo-mutants prints nothing if the diff is empty.
    let listed: Vec<Listed> = match text.trim() {
        "" => Vec::new(),
        text => {
            serde_json::from_str(text).map_err(|error| format!("the list of cargo-mutants is unreadable: {error}"))?
        }
    };
    let mut files = HashMap::new();
    for one in &listed {
        if !files.contains_key(&one.file) {
            files.insert(one.file.clone(), fixtures::read(&tree.join(&one.file))?);
        }
    }
    Ok(listed.into_iter().map(|one| Mutant::new(files.get(&one.file).map_or("", String::as_str), one)).collect())
}

impl Mutant {
    fn new(text: &str, listed: Listed) -> Self {
        let Listed { name, file, function, span } = listed;
        let lines: Vec<&str> = text.lines().collect();
        // Outside of a function, everything in the file counts.
        let (first, last) = function.map_or((1, lines.len()), |found| (found.span.start.line, found.span.end.line));
        let around = lines.get(first - 1..last).unwrap_or_default().join("\n");
        let position = (span.start.line - first, span.start.column);
        let prefix = format!("{file}:{}:{}: ", span.start.line, span.start.column);
        Self {
            change: name.strip_prefix(&prefix).unwrap_or(&name).to_owned(),
            line: lines.get(span.start.line - 1).unwrap_or(&"").trim().to_owned(),
            source: format!("{:016x}", hash(&format!("{around}\n{position:?}"))),
            name,
            file,
        }
    }
}

/// FNV-1a: the results of one version of Rust are valid for the next.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Writes what changed in a package since a revision, and returns the file.
pub(super) fn diff(paths: &Paths, package: &str, revision: &str) -> Result<PathBuf, String> {
    let commit = cargo::output_of(
        "git",
        &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")],
    )
    .map_err(|_| format!("`--since {revision}` is not a revision of this repository"))?;
    let diff = cargo::output_of("git", &["diff", commit.trim(), "--", &format!("crates/{package}")])?;
    let path = paths.records.with_extension("diff");
    let failed = |error| format!("{} cannot be written: {error}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
        .and_then(|()| fs::write(&path, diff))
        .map_err(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(text: &str, line: usize, function: Option<(usize, usize)>) -> Mutant {
        let function = function.map(|(start, end)| {
            serde_json::json!({"function_name": "f", "return_type": "",
            "span": {"start": {"line": start, "column": 1}, "end": {"line": end, "column": 2}}})
        });
        let listed = serde_json::json!({"name": format!("a.rs:{line}:7: replace < with <= in f"), "file": "a.rs",
            "function": function, "replacement": "<=", "genre": "BinaryOperator",
            "span": {"start": {"line": line, "column": 7}, "end": {"line": line, "column": 8}}});
        Mutant::new(text, serde_json::from_value(listed).unwrap())
    }

    #[test]
    fn a_mutant_is_the_same_if_its_function_is() {
        let one = mutant("fn f() {\n    a < b\n}\n", 2, Some((1, 3)));
        assert_eq!((one.change.as_str(), one.line.as_str()), ("replace < with <= in f", "a < b"));
        let moved = mutant("// new\n\nfn f() {\n    a < b\n}\n// more", 4, Some((3, 5)));
        assert_eq!((&one.source, &one.change, &one.line), (&moved.source, &moved.change, &moved.line));
        let changed = mutant("fn f() {\n    a < c\n}\n", 2, Some((1, 3)));
        assert_ne!(one.source, changed.source);
        let other_place = mutant("fn f() {\n    a < b\n}\n", 1, Some((1, 3)));
        assert_ne!(one.source, other_place.source);
    }

    #[test]
    fn outside_of_a_function_the_whole_file_counts() {
        let one = mutant("const A: u8 = 1;\n", 1, None);
        assert_ne!(one.source, mutant("const A: u8 = 1;\n// more\n", 1, None).source);
    }
}
