//! Every command of the catalog has a page and every page a command. The first two lines of an endpoint's file are its path and its official page, as its page under docs/api says.

use std::fs;
use std::path::Path;

use crate::{Outcome, cargo, fixtures};

pub(crate) fn check() -> Outcome {
    let root = cargo::root();
    let (pages, catalog) = (fixtures::commands(&root)?, fixtures::catalog()?);
    for command in &catalog {
        if !pages.contains(&command.command) {
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
    fn the_third_line_of_a_page_is_the_header_of_a_file() {
        let page = "# x\n\n`POST v4/a/b` · [official page](https://host/1)\n";
        assert_eq!(header(page).unwrap(), "//! POST v4/a/b\n//! <https://host/1>\n");
        assert_eq!(header("# x\n\nPOST v4/a/b\n"), None);
    }
}
