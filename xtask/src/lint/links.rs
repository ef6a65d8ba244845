//! Each relative link of a page leads to a file and a heading that exist, and each page under docs/
//! is in the book. A page of the book links to pages of the book only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{Outcome, cargo};

const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

pub(super) fn check() -> Outcome {
    let root = cargo::root();
    let pages = cargo::output_of("git", &["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])?;
    let mut texts = BTreeMap::new();
    // A symbolic link is a page at another place, where its links are right.
    for page in pages.lines().filter(|page| root.join(page).is_file() && !root.join(page).is_symlink()) {
        let text = fs::read_to_string(root.join(page)).map_err(|error| format!("{page}: {error}"))?;
        texts.insert(PathBuf::from(page), text);
    }
    let problems = problems(&texts, |path| root.join(path).exists());
    if problems.is_empty() { Ok(()) } else { Err(format!("links:\n{}", problems.join("\n"))) }
}

fn problems(pages: &BTreeMap<PathBuf, String>, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    let mut in_book = BTreeSet::new();
    for (page, text) in pages {
        for (line, target) in links(text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { resolved(page, file) };
            let problem = match pages.get(&path) {
                _ if page.starts_with(BOOK) && !path.starts_with(BOOK) => Some("leaves the book"),
                _ if !exists(&path) => Some("leads to no file"),
                Some(text) if !anchor.is_empty() && !anchors(text).iter().any(|known| known == anchor) => {
                    Some("leads to no heading")
                }
                _ => None,
            };
            problems.extend(problem.map(|problem| format!("{}:{line}: {target} {problem}", page.display())));
            if page == Path::new(SUMMARY) {
                in_book.insert(path);
            }
        }
    }
    let missing = pages.keys().filter(|page| page.starts_with(BOOK) && *page != Path::new(SUMMARY));
    let missing = missing.filter(|page| !in_book.contains(*page));
    problems.extend(missing.map(|page| format!("{} is not in {SUMMARY}", page.display())));
    problems
}

/// The lines and targets of the links of a page to other files or headings, without those in code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        // What is between an even number of backticks is not code.
        for target in line.split('`').step_by(2).flat_map(targets) {
            if !target.contains(':') && !target.is_empty() {
                links.push((number, target));
            }
        }
        // A link whose text is code is split by the backticks.
        for (at, _) in line.match_indices("`](") {
            let target = line[at + 3..].split([')', ' ']).next().unwrap_or_default();
            if !target.contains(':') && !links.contains(&(number, target)) {
                links.push((number, target));
            }
        }
    }
    links
}

/// The targets of the links in a text without code.
pub(super) fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").map(|(at, _)| text[at + 2..].split([')', ' ']).next().unwrap_or_default())
}

/// The numbered lines outside of fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        (!in_code && !is_fence).then_some((at + 1, line))
    })
}

/// The anchors of the headings of a page in their order, as GitHub and mdBook make them.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    for (_, line) in prose(text) {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
        let anchor = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let same = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(same).find(|anchor| !anchors.contains(anchor));
        anchors.extend(free);
    }
    anchors
}

/// The path of a link of a page, below the root.
pub(super) fn resolved(page: &Path, link: &str) -> PathBuf {
    let mut path = page.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pages: &[(&str, &str)]) -> Vec<String> {
        let pages: BTreeMap<PathBuf, String> =
            pages.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        problems(&pages, |path| pages.contains_key(path))
    }

    #[test]
    fn a_link_leads_to_a_file_and_a_heading() {
        let pages = [
            ("README.md", "[a](docs/a.md#the-code-of-a) [`b`](docs/b.md)\n[c](docs/a.md#none) `[d](x)` [e](https://x)"),
            ("docs/a.md", "# A\n## The `code` of A!\n[home](../README.md) [a](#a)\n```\n[f](y)\n# no\n```\n[n](#no)"),
            ("docs/SUMMARY.md", "- [A](a.md)\n"),
        ];
        let expected = [
            "README.md:2: docs/a.md#none leads to no heading",
            "README.md:1: docs/b.md leads to no file",
            "docs/a.md:3: ../README.md leaves the book",
            "docs/a.md:8: #no leads to no heading",
        ];
        let mut found = found(&pages);
        found.sort();
        let mut expected: Vec<String> = expected.map(str::to_owned).into();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_page_is_in_the_book() {
        assert_eq!(found(&[("docs/SUMMARY.md", ""), ("docs/a.md", "")]), ["docs/a.md is not in docs/SUMMARY.md"]);
    }

    #[test]
    fn equal_headings_have_anchors_of_their_own() {
        let anchors = anchors("# A b\n## A b\n### 关注 与 粉丝\n");
        assert_eq!(anchors, ["a-b", "a-b-1", "关注-与-粉丝"]);
    }
}
