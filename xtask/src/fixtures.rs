//! Makes tests/fixtures, the code table and the host table from docs/api, the tables of commands
//! from the catalog of tim-types, the README's table of crates from `cargo tree` and the reference
//! pages from `tim`, or reports where they differ.

mod admin_routes;
mod code_table;
mod command_table;
mod crate_table;
mod host_table;
mod reference;
mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

pub(crate) use self::command_table::catalog;

use crate::{Outcome, cargo};

/// A generated file: where it belongs, below the root, and what it holds.
struct Generated {
    path: PathBuf,
    text: String,
}

/// Writes every generated file.
pub(crate) fn write() -> Outcome {
    let root = cargo::root();
    let mut written = 0;
    for Generated { path, text } in generate(&root)? {
        let path = root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        let folder = path.parent().unwrap_or(&root);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|e| problem(&path, &e))?;
        println!("wrote {}", path.display());
        written += 1;
    }
    println!("{written} files changed");
    Ok(())
}

/// Fails with a diff for each generated file that is not what its source says.
pub(crate) fn check() -> Outcome {
    let root = cargo::root();
    let mut diffs = String::new();
    for Generated { path, text } in generate(&root)? {
        let found = fs::read_to_string(root.join(&path)).unwrap_or_default();
        if found != text {
            let name = path.display().to_string();
            let (found, text) = by_lines(found, text);
            let diff = TextDiff::from_lines(&found, &text);
            diffs.push_str(&diff.unified_diff().header(&name, "what it should be").to_string());
        }
    }
    if diffs.is_empty() { Ok(()) } else { Err(format!("{diffs}\nout of date: run `cargo xtask fixtures`")) }
}

/// Two JSON texts of one line each, spread over lines so that their difference can be read; others
/// as they are.
fn by_lines(found: String, text: String) -> (String, String) {
    let spread = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        serde_json::to_string_pretty(&value).ok().map(|text| text + "\n")
    };
    match (spread(&found), spread(&text)) {
        (Some(one), Some(other)) if one != other => (one, other),
        _ => (found, text),
    }
}

fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    // Both tables of the README are in one file.
    let mut tables = command_table::generate(root)?;
    for readme in tables.iter_mut().filter(|file| file.path == Path::new("README.md")) {
        readme.text = crate_table::generate(&readme.text)?.text;
    }
    let mut all = vec![
        code_table::generate(&page(root, "error-codes")?).map_err(|e| format!("docs/api/error-codes.md: {e}"))?,
        host_table::generate(&page(root, "common")?).map_err(|e| format!("docs/api/common.md: {e}"))?,
    ];
    let codes = page(root, "error-codes")?;
    all.push(reference::codes(&codes).map_err(|e| format!("docs/api/error-codes.md: {e}"))?);
    all.extend([reference::commands()?, reference::schemas()?, admin_routes::generate()?]);
    all.append(&mut tables);
    for command in commands(root)? {
        let samples = samples::generate(&command, &page(root, &command)?);
        all.extend(samples.map_err(|e| format!("docs/api/{command}.md: {e}"))?);
    }
    Ok(all)
}

/// The commands that have a page, which says so in the line below its title: its path on the wire.
pub(crate) fn commands(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("docs/api");
    let mut commands = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| problem(&folder, &error))? {
        let path = entry.map_err(|error| problem(&folder, &error))?.path();
        if path.extension().is_some_and(|end| end == "md") && read(&path)?.lines().nth(2).is_some_and(is_path) {
            commands.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    commands.sort();
    Ok(commands)
}

fn is_path(line: &str) -> bool {
    line.starts_with("`POST v4/")
}

pub(crate) fn page(root: &Path, name: &str) -> Result<String, String> {
    read(&root.join("docs/api").join(name).with_extension("md"))
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| problem(path, &error))
}

fn problem(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
