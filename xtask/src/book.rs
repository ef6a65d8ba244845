//! The book: builds it with mdBook, and runs the marked blocks of its guides. Needs mdBook, Python
//! and node; Go and Java are used if they are there.

mod guide;
mod languages;

use std::fs;
use std::process::Command;

use crate::{Outcome, cargo};

/// Builds the book and runs all guides, or only runs those whose paths contain a word of `args`.
pub(crate) fn run(args: &[&str]) -> Outcome {
    if args.is_empty() {
        build()?;
    }
    let environment = languages::Environment::prepare()?;
    let mut problems = Vec::new();
    for path in guide::paths()? {
        if !args.is_empty() && !args.iter().any(|word| path.contains(word)) {
            continue;
        }
        problems.extend(guide::run(&path, &environment).err());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Builds the book into `target/book`. A warning is an error, and so is a page that makes requests
/// to other hosts.
fn build() -> Outcome {
    cargo::needs("mdbook", &["--version"], "cargo install --locked mdbook@0.5.4")?;
    println!("--- mdbook build docs");
    let output = Command::new("mdbook").args(["build", "docs"]).current_dir(cargo::root()).output();
    let output = output.map_err(|error| format!("mdbook could not be started: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || log.contains("WARN") || log.contains("ERROR") {
        return Err(format!("mdbook build docs:\n{log}"));
    }
    outside_requests()
}

/// Finds what a browser would load from other hosts. Links that a reader follows are allowed.
fn outside_requests() -> Outcome {
    let folder = cargo::root().join("target/book");
    let mut problems = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html" || extension == "css") {
                let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                problems.extend(loads(&text).map(|load| format!("{} loads {load}", path.display())));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The absolute URLs that a page or style sheet loads.
fn loads(text: &str) -> impl Iterator<Item = &str> {
    const STARTS: [&str; 8] = [
        "src=\"http",
        "src=\"//",
        "url(http",
        "url(\"http",
        "@import \"http",
        "@import url(",
        "href=\"http",
        "href=\"//",
    ];
    STARTS.iter().flat_map(move |start| text.match_indices(start)).filter_map(move |(at, start)| {
        // Only `<link>` loads its `href`; `<a>` does not.
        let tag = text[..at].rfind('<').map_or("", |tag| &text[tag..at]);
        let is_loaded = !start.starts_with("href") || tag.starts_with("<link");
        is_loaded.then(|| text[at..].split(['>', ' ', ')']).next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_from_another_host_is_found_and_a_link_is_not() {
        let page = "<a href=\"https://a\"><link rel=x href=\"https://b\"><img src=\"//c\"><script src=\"d.js\">";
        assert_eq!(loads(page).collect::<Vec<_>>(), ["src=\"//c\"", "href=\"https://b\""]);
        assert_eq!(loads("x { background: url(http://e) }").collect::<Vec<_>>(), ["url(http://e"]);
    }
}
