//! What crates.io and docs.rs show of each published package: its metadata, its readme, the texts
//! of its licences, and labels of features.

use std::fs;

use serde_json::Value;

use super::published::{self, Package};
use crate::{Outcome, cargo};

const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];
const LICENCE: &str = "MIT OR Apache-2.0";
/// Turns on the labels of items behind features.
const LABELS: &str = "#![cfg_attr(docsrs, feature(doc_cfg))]";
/// Limits of crates.io.
const MOST: usize = 5;
const LONGEST_KEYWORD: usize = 20;

pub(super) fn check() -> Outcome {
    let root = cargo::root();
    let mut found = Vec::new();
    for package in published::in_order()? {
        let read = |file: &str| fs::read_to_string(package.folder.join(file)).ok();
        let mut problems = fields(&package.entry);
        problems.extend(files(&package, read, |file| fs::read_to_string(root.join(file)).ok()));
        found.extend(problems.iter().map(|problem| format!("{}: {problem}", package.name)));
    }
    if found.is_empty() { Ok(()) } else { Err(format!("packages that cannot be published:\n{}", found.join("\n"))) }
}

/// What is wrong with the fields of `Cargo.toml`.
fn fields(package: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for field in ["description", "readme", "rust_version"] {
        if package[field].as_str().is_none_or(str::is_empty) {
            problems.push(format!("`{}` is missing in Cargo.toml: add it", field.replace('_', "-")));
        }
    }
    if package["license"] != LICENCE {
        problems.push(format!("the licence is missing or another one: write `license = \"{LICENCE}\"` in Cargo.toml"));
    }
    for field in ["keywords", "categories"] {
        let count = package[field].as_array().map_or(0, Vec::len);
        if !(1..=MOST).contains(&count) {
            problems.push(format!("`{field}` in Cargo.toml has {count} entries: write 1 to {MOST}"));
        }
    }
    for keyword in package["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_+".contains(c);
        if keyword.len() > LONGEST_KEYWORD
            || !keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !keyword.chars().all(allowed)
        {
            let limits = format!("at most {LONGEST_KEYWORD} ASCII letters, digits, `-`, `_` and `+`");
            problems.push(format!("crates.io rejects the keyword `{keyword}`: write {limits}"));
        }
    }
    let docs = &package["metadata"]["docs"]["rs"];
    let args = docs["rustdoc-args"].as_array().into_iter().flatten();
    if docs["all-features"] != true || !args.into_iter().any(|arg| arg == "docsrs") {
        let table = "`all-features = true` and `rustdoc-args = [\"--cfg\", \"docsrs\"]`";
        problems.push(format!("docs.rs would hide items behind features: add {table} to [package.metadata.docs.rs]"));
    }
    problems
}

/// What is wrong with the files. `read` reads a file of the package, `read_root` one of the
/// workspace.
fn files(
    package: &Package,
    read: impl Fn(&str) -> Option<String>,
    read_root: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for file in LICENCES {
        let text = read(file);
        if text.is_none() || text != read_root(file) {
            let link = format!("ln -s ../../{file} {}/{file}", package.folder.display());
            problems.push(format!("{file} is missing or differs from the one of the workspace: `{link}`"));
        }
    }
    if read("README.md").is_none_or(|text| text.trim().is_empty()) {
        problems.push("README.md is missing or empty: write what the crate is for, with an example".to_owned());
    }
    let has_features = package.entry["features"].as_object().is_some_and(|features| !features.is_empty());
    if has_features && package.is_library() && !read("src/lib.rs").is_some_and(|text| text.contains(LABELS)) {
        problems.push(format!("items behind features have no labels in the docs: add `{LABELS}` to src/lib.rs"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    fn complete() -> Value {
        json!({"description": "x", "readme": "README.md", "rust_version": "1.89", "license": LICENCE,
            "keywords": ["a-b"], "categories": ["c"], "features": {"f": []}, "targets": [{"kind": ["lib"]}],
            "metadata": {"docs": {"rs": {"all-features": true, "rustdoc-args": ["--cfg", "docsrs"]}}}})
    }

    #[test]
    fn each_missing_field_is_reported() {
        assert_eq!(fields(&complete()), [""; 0]);
        for (field, bad, problem) in [
            ("description", Value::Null, "`description` is missing"),
            ("readme", Value::Null, "`readme` is missing"),
            ("rust_version", Value::Null, "`rust-version` is missing"),
            ("license", Value::Null, "the licence is missing"),
            ("keywords", json!([]), "`keywords` in Cargo.toml has 0 entries"),
            ("keywords", json!(["a", "b", "c", "d", "e", "f"]), "`keywords` in Cargo.toml has 6 entries"),
            ("keywords", json!(["two words"]), "crates.io rejects the keyword `two words`"),
            ("keywords", json!(["a-keyword-of-21-chars"]), "crates.io rejects the keyword"),
            ("categories", Value::Null, "`categories` in Cargo.toml has 0 entries"),
            ("metadata", json!({"docs": {"rs": {"all-features": true}}}), "docs.rs would hide"),
            ("metadata", Value::Null, "docs.rs would hide"),
        ] {
            let mut package = complete();
            package[field] = bad;
            let problems = fields(&package);
            assert!(problems.len() == 1 && problems[0].starts_with(problem), "{field}: {problems:?}");
        }
    }

    #[test]
    fn each_missing_file_is_reported() {
        let package = Package { name: "x".into(), version: "1.0.0".into(), folder: PathBuf::new(), entry: complete() };
        let file = |name: &str| match name {
            "src/lib.rs" => Some(LABELS.to_owned()),
            name => Some(format!("the text of {name}")),
        };
        assert_eq!(files(&package, file, file), [""; 0]);
        for missing in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "src/lib.rs"] {
            let problems = files(&package, |name| file(name).filter(|_| name != missing), file);
            assert_eq!(problems.len(), 1, "{missing}: {problems:?}");
        }
        let other = |name: &str| file(name).map(|text| text + ", changed");
        assert_eq!(files(&package, other, file).len(), 2, "both licences differ");
    }
}
