//! The form of CHANGELOG.md, that of <https://keepachangelog.com/en/1.1.0/>.

use std::fs;

use super::published;
use crate::{Outcome, cargo};

const FILE: &str = "CHANGELOG.md";
const FORMAT: &str = "https://keepachangelog.com/en/1.1.0/";
const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// A heading such as `## [1.0.0] - 2026-11-22`.
#[derive(Debug, PartialEq)]
pub(super) enum Heading {
    Unreleased,
    Released { version: String, date: String },
}

pub(super) fn check() -> Outcome {
    let (text, version) = (read()?, version()?);
    let problems = problems(&text, &version);
    if problems.is_empty() { Ok(()) } else { Err(format!("{FILE} (see {FORMAT}):\n{}", problems.join("\n"))) }
}

pub(super) fn read() -> Result<String, String> {
    let path = cargo::root().join(FILE);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The version of the packages, which is one for all.
pub(super) fn version() -> Result<String, String> {
    let packages = published::in_order()?;
    let first = packages.first().ok_or("no package of the workspace is published")?;
    match packages.iter().find(|package| package.version != first.version) {
        Some(other) => Err(format!(
            "{} {} and {} {}: all have one version: write `version.workspace = true`",
            first.name, first.version, other.name, other.version
        )),
        None => Ok(first.version.clone()),
    }
}

/// The heading of the section of `version`, or of the changes that are not released.
pub(super) fn heading_of(text: &str, version: &str) -> Option<Heading> {
    let headings = text.lines().filter_map(|line| heading(line.strip_prefix("## ")?));
    headings.into_iter().find(|heading| match heading {
        Heading::Unreleased => true,
        Heading::Released { version: of, .. } => of == version,
    })
}

fn heading(text: &str) -> Option<Heading> {
    if text == "[Unreleased]" {
        return Some(Heading::Unreleased);
    }
    let (version, date) = text.strip_prefix('[')?.split_once("] - ")?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_version = version.split('.').count() == 3 && version.split('.').all(digits);
    let parts: Vec<&str> = date.split('-').collect();
    let is_date = parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(|part| digits(part));
    (is_version && is_date).then(|| Heading::Released { version: version.to_owned(), date: date.to_owned() })
}

/// What is wrong, with the numbers of the lines.
fn problems(text: &str, version: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.lines().next() != Some("# Changelog") {
        problems.push("line 1: write `# Changelog`".to_owned());
    }
    if !text.contains(FORMAT) {
        problems.push(format!("the introduction does not name the format: add a link to {FORMAT}"));
    }
    if heading_of(text, version).is_none() {
        problems
            .push(format!("version {version} has no section: add `## [Unreleased]` or `## [{version}] - YYYY-MM-DD`"));
    }
    let (mut sections, mut kinds) = (Vec::new(), Vec::new());
    // Whether the last heading of a kind has no entry yet, and its line.
    let mut empty: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.starts_with("* ") || line.starts_with("- ") {
            if kinds.is_empty() {
                problems.push(format!("line {number}: an entry outside of {}", KINDS.join(", ")));
            }
            empty = None;
        }
        if let Some((level, name)) = line.split_once(' ').filter(|(level, _)| ["##", "###"].contains(level)) {
            problems.extend(empty.take().map(|line| format!("line {line}: the section has no entries: remove it")));
            if level == "##" {
                problems
                    .extend(section_problem(&mut sections, name).map(|problem| format!("line {number}: {problem}")));
                kinds.clear();
            } else {
                problems.extend(kind_problem(&kinds, name).map(|problem| format!("line {number}: {problem}")));
                kinds.push(name.to_owned());
                empty = Some(number);
            }
        }
    }
    problems.extend(empty.map(|line| format!("line {line}: the section has no entries: remove it")));
    problems
}

fn section_problem(sections: &mut Vec<Heading>, name: &str) -> Option<String> {
    let Some(heading) = heading(name) else {
        return Some(format!("`## {name}`: write `## [Unreleased]` or `## [1.2.3] - YYYY-MM-DD`"));
    };
    let problem = match &heading {
        Heading::Unreleased if !sections.is_empty() => Some("`[Unreleased]` has to be the first section".to_owned()),
        found if sections.contains(found) => Some(format!("`## {name}` is there twice")),
        _ => None,
    };
    sections.push(heading);
    problem
}

fn kind_problem(before: &[String], name: &str) -> Option<String> {
    if !KINDS.contains(&name) {
        return Some(format!("`### {name}`: write one of {}", KINDS.join(", ")));
    }
    before.iter().any(|kind| kind == name).then(|| format!("`### {name}` is there twice in one section: merge them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Changelog\n\nAs in [the format](https://keepachangelog.com/en/1.1.0/).\n\n## [Unreleased]\n
### Added\n\n* a\n\n### Fixed\n\n- b\n\n## [0.1.0] - 2026-11-22\n\n### Added\n\n* c\n";

    #[test]
    fn the_format_is_accepted() {
        assert_eq!(problems(GOOD, "0.2.0"), [""; 0]);
        assert_eq!(problems(&GOOD.replace("[Unreleased]", "[0.2.0] - 2026-12-01"), "0.2.0"), [""; 0]);
    }

    #[test]
    fn each_deviation_is_reported() {
        for (from, to, problem) in [
            ("# Changelog\n", "# Changes\n", "line 1: write `# Changelog`"),
            ("keepachangelog.com", "example.com", "does not name the format"),
            ("## [Unreleased]", "## Unreleased", "line 5: `## Unreleased`: write"),
            ("[0.1.0] - 2026-11-22", "[0.1.0] - 22.11.2026", "line 15: `## [0.1.0] - 22.11.2026`"),
            ("[0.1.0] - 2026-11-22", "[0.1] - 2026-11-22", "line 15: `## [0.1] - "),
            ("[0.1.0] - 2026-11-22", "[Unreleased]", "has to be the first section"),
            ("### Fixed", "### Renamed", "line 11: `### Renamed`: write one of"),
            ("### Fixed", "### Added", "line 11: `### Added` is there twice"),
            ("- b\n", "", "line 11: the section has no entries"),
            ("* c\n", "", "the section has no entries"),
            ("### Added\n\n* a\n\n", "* a\n\n", "line 7: an entry outside of"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD);
            let found = problems(&text, "0.2.0");
            assert!(found.iter().any(|line| line.contains(problem)), "{to}: {found:?}");
        }
        let found = problems(&GOOD.replace("[Unreleased]", "[0.3.0] - 2026-12-01"), "0.2.0");
        assert!(found[0].starts_with("version 0.2.0 has no section"), "{found:?}");
    }

    #[test]
    fn a_version_has_a_heading() {
        assert_eq!(heading_of(GOOD, "0.2.0"), Some(Heading::Unreleased));
        let text = GOOD.replace("[Unreleased]", "[0.2.0] - 2026-12-01");
        let released = Heading::Released { version: "0.2.0".into(), date: "2026-12-01".into() };
        assert_eq!(heading_of(&text, "0.2.0"), Some(released));
    }
}
