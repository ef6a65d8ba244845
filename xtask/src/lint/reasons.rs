//! Each direct dependency of the workspace has a reason in docs/design.md, in one table row.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::{Outcome, cargo};

const PAGE: &str = "docs/design.md";
const HEADING: &str = "## 10. Dependencies\n";

pub(super) fn check() -> Outcome {
    let page = fs::read_to_string(cargo::root().join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))?;
    let explained = explained(&page)?;
    let used = cargo::packages()?.iter().flat_map(dependencies).collect();
    let problems = problems(&used, &explained);
    if problems.is_empty() { Ok(()) } else { Err(format!("{PAGE}, section Dependencies:\n{}", problems.join("\n"))) }
}

/// The names in the first column of the tables of the section.
fn explained(page: &str) -> Result<Vec<String>, String> {
    let (_, section) = page.split_once(HEADING).ok_or(format!("{PAGE} lacks the heading {HEADING}"))?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    Ok(rows.filter(|(_, why)| why.trim_end_matches('|').trim().len() > 3).map(|(name, _)| name.to_owned()).collect())
}

/// The dependencies of a package that are not in this repository.
fn dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    let foreign = all.filter(|dependency| dependency["path"].is_null());
    foreign.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect()
}

fn problems(used: &BTreeSet<String>, explained: &[String]) -> Vec<String> {
    let missing = used.iter().filter(|name| !explained.contains(name)).map(|name| format!("{name} has no reason"));
    let unused =
        explained.iter().filter(|name| !used.contains(*name)).map(|name| format!("{name} is not a dependency"));
    let twice = explained.iter().enumerate().filter(|(at, name)| explained[..*at].contains(name));
    missing.chain(unused).chain(twice.map(|(_, name)| format!("{name} has two reasons"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
## 10. Dependencies

| dependency | why |
|---|---|
| `axum` | serves |
| `clap` |  |
| `axum` | serves |
| `old` | was used |

## 11. Other

| `http` | another table |
";

    #[test]
    fn a_dependency_without_a_reason_and_a_reason_without_a_dependency_are_reported() {
        let used = ["axum", "clap", "http"].map(str::to_owned).into();
        let expected = ["clap has no reason", "http has no reason", "old is not a dependency", "axum has two reasons"];
        assert_eq!(problems(&used, &explained(TABLE).unwrap()), expected);
    }

    #[test]
    fn a_crate_of_this_repository_needs_no_reason() {
        let package = serde_json::json!({"dependencies": [{"name": "tim-sig", "path": "x"}, {"name": "axum"}]});
        assert_eq!(dependencies(&package), ["axum"]);
    }
}
