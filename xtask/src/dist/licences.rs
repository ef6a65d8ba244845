//! The licences of the crates that are in the binary. Most of them demand that a copy of their text
//! comes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::release::CRATE;
use crate::cargo;

const TITLE: &str = "The program `tim` contains these packages.\n";
/// How the names of files with licences start, in upper case.
const STARTS: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// Lists the packages with their licences, then each text with the packages it belongs to.
pub(super) fn third_party(triple: &str) -> Result<String, String> {
    let tree = ["tree", "--locked", "--package", CRATE, "--edges", "normal", "--target", triple];
    let tree = cargo::output(&[&tree[..], &["--prefix", "none", "--format", "{p}"]].concat())?;
    let used: BTreeSet<String> = tree.lines().filter_map(package).collect();
    let metadata = cargo::output(&["metadata", "--format-version", "1", "--locked", "--filter-platform", triple])?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut licences = BTreeMap::new();
    let mut texts: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let name = format!("{} {}", text("name"), text("version"));
        // Packages of the workspace have no source: their licences are files of their own.
        let Some(used) = used.get(&name).filter(|_| !package["source"].is_null()) else { continue };
        licences.insert(used.as_str(), text("license").to_owned());
        for text in files(Path::new(text("manifest_path")))? {
            texts.entry(text).or_default().insert(used);
        }
    }
    Ok(page(&licences, &texts))
}

/// The name and the version in a line of `cargo tree`.
fn package(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?.strip_prefix('v')?))
}

/// The texts of the licences beside a manifest.
fn files(manifest: &Path) -> Result<Vec<String>, String> {
    let folder = manifest.parent().unwrap_or(manifest);
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().to_ascii_uppercase();
        if STARTS.iter().any(|start| name.starts_with(start)) && entry.path().is_file() {
            let text = fs::read(entry.path()).map_err(failed)?;
            texts.push(String::from_utf8_lossy(&text).trim().replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

fn page(licences: &BTreeMap<&str, String>, texts: &BTreeMap<String, BTreeSet<&str>>) -> String {
    let mut page = TITLE.to_owned();
    for (name, licence) in licences {
        let _ = write!(page, "\n* {name}: {licence}");
    }
    for (text, names) in texts {
        let names = names.iter().copied().collect::<Vec<_>>().join(", ");
        let _ = write!(page, "\n\n{}\n{names}\n\n{text}", "-".repeat(80));
    }
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_names_a_package() {
        assert_eq!(package("zeroize v1.9.0 (*)").as_deref(), Some("zeroize 1.9.0"));
        assert_eq!(package("serde_derive v1.0.1 (proc-macro)").as_deref(), Some("serde_derive 1.0.1"));
        assert_eq!(package(""), None);
    }

    #[test]
    fn a_text_is_printed_once_with_its_packages() {
        let licences = BTreeMap::from([("a 1", "MIT".to_owned()), ("b 2", "MIT".to_owned())]);
        let texts = BTreeMap::from([("Permission".to_owned(), BTreeSet::from(["a 1", "b 2"]))]);
        let page = page(&licences, &texts);
        assert!(page.contains("\n* a 1: MIT\n* b 2: MIT\n"), "{page}");
        assert!(page.contains("-\na 1, b 2\n\nPermission\n"), "{page}");
    }
}
