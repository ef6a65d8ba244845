//! Every command of the catalog has a page, every page a command, and both state the same facts.
//! The first two lines of an endpoint's file are its path and its official page, as on its page
//! under docs/api.

use std::fs;
use std::path::Path;

use crate::{Outcome, cargo, fixtures};

pub(crate) fn check() -> Outcome {
    let root = cargo::root();
    let (pages, catalog) = (fixtures::commands(&root)?, fixtures::catalog()?);
    for command in &catalog {
        if pages.contains(&command.command) {
            let page = fixtures::page(&root, &command.command)?;
            compare(&command.facts(), &page).map_err(|e| format!("docs/api/{}.md: {e}", command.command))?;
        } else {
            return Err(format!(
                "v4/{}/{} is in the catalog of tim-types, but has no page docs/api/{1}.md",
                command.service, command.command
            ));
        }
    }
    if let Some(page) = pages.iter().find(|page| !catalog.iter().any(|command| command.command == **page)) {
        return Err(format!(
            "docs/api/{page}.md is the page of a command that is not in crates/tim-types/src/catalog.rs"
        ));
    }
    let source = source_files(&root.join("crates/tim-types/src"))?;
    for command in pages {
        let page = fixtures::page(&root, &command)?;
        let header = header(&page).ok_or(format!("docs/api/{command}.md: its third line names no path and link"))?;
        let found = source.iter().filter(|file| file.starts_with(&header)).count();
        if found != 1 {
            return Err(format!("{found} files of tim-types begin with what docs/api/{command}.md says:\n{header}"));
        }
    }
    Ok(())
}

/// Compares the facts of the catalog with the rows of a page. The first word of a value is the
/// fact.
fn compare(facts: &[(&str, String)], page: &str) -> Outcome {
    for (name, expected) in facts {
        let row = page.lines().find_map(|line| line.strip_prefix("| ")?.strip_prefix(name)?.strip_prefix(" | "));
        let found = row.and_then(|value| value.split([' ', ':', ';', ',']).next());
        if found != Some(expected) {
            let found = found.unwrap_or("not on the page");
            return Err(format!("{name:?} is {found}, but {expected} in the catalog of tim-types"));
        }
    }
    Ok(())
}

/// From ``` `POST v4/a/b` · [official page](link) ``` the two lines with which the file begins.
fn header(page: &str) -> Option<String> {
    let (path, rest) = page.lines().nth(2)?.strip_prefix('`')?.split_once('`')?;
    let (_, link) = rest.split_once("](")?;
    Some(format!("//! {path}\n//! <{}>\n", link.strip_suffix(')')?))
}

fn source_files(folder: &Path) -> Result<Vec<String>, String> {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.is_dir() {
            files.extend(source_files(&path)?);
        } else {
            files.push(fixtures::read(&path)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_compared_by_their_first_word() {
        let facts = |value: &str| [("calls per second", value.to_owned())];
        let page = "| limit | value |\n|---|---|\n| calls per second | 200; older pages state 100 |\n";
        assert_eq!(compare(&facts("200"), page), Ok(()));
        let error = compare(&facts("100"), page).unwrap_err();
        assert_eq!(error, "\"calls per second\" is 200, but 100 in the catalog of tim-types");
        assert!(compare(&facts("200"), "").unwrap_err().contains("not on the page"));
    }

    #[test]
    fn the_third_line_of_a_page_is_the_header_of_a_file() {
        let page = "# x\n\n`POST v4/a/b` · [official page](https://host/1)\n";
        assert_eq!(header(page).unwrap(), "//! POST v4/a/b\n//! <https://host/1>\n");
        assert_eq!(header("# x\n\nPOST v4/a/b\n"), None);
    }
}
