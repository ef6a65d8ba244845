//! Who may depend on whom, as docs/design.md draws it.

use serde_json::Value;

use crate::{Outcome, cargo};

/// Each crate and which of ours it may depend on, in any kind of dependency; `*` is every one but
/// xtask.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("tim-types", &[]),
    ("tim-sig", &[]),
    ("tim-transport", &[]),
    ("tim-follow", &["tim-types", "tim-sig", "tim-transport"]),
    ("tim-webhook", &["tim-types", "tim-sig"]),
    ("tim-emulator", &["tim-types", "tim-sig"]),
    ("tim-cli", &["tim-follow", "tim-webhook", "tim-emulator"]),
    ("tim-tests", &["*"]),
    ("naive-usersig", &[]),
    ("tim-backend-tests", &["*"]),
    ("tim-fuzz", &["*"]),
    ("tim-simulate", &["*"]),
    ("xtask", &["*"]),
];

/// Checks the layers, and that the blocking build has no asynchronous runtime.
pub(crate) fn check() -> Outcome {
    let problems = problems(&cargo::packages()?);
    if !problems.is_empty() {
        return Err(format!("layers (see docs/design.md):\n{}", problems.join("\n")));
    }
    blocking_tree()
}

fn problems(packages: &[Value]) -> Vec<String> {
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut problems = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(of, _)| *of == name) else {
            problems.push(format!("{name} has no place in the layers: add it to xtask/src/layers.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for on in dependencies.iter().filter_map(|dependency| dependency["name"].as_str()) {
            let fine = allowed.contains(&on) || (allowed.contains(&"*") && on != "xtask");
            if names.contains(&on) && !fine {
                problems.push(format!("{name} depends on {on}"));
            }
        }
    }
    problems
}

fn blocking_tree() -> Outcome {
    let args = ["tree", "-p", "tim-follow", "--no-default-features", "--features", "ureq,rustls", "--prefix", "none"];
    let tree = cargo::output(&args)?;
    let runtime = tree.lines().find(|line| line.starts_with("tokio") || line.starts_with("futures"));
    match runtime {
        None if tree.contains("ureq") => Ok(()),
        None => Err("the blocking build of tim-follow lacks ureq".to_owned()),
        Some(line) => Err(format!("the blocking build of tim-follow depends on {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_arrow_that_is_not_drawn_is_a_problem() {
        let packages = [
            json!({"name": "tim-types", "dependencies": [{"name": "serde"}]}),
            json!({"name": "tim-emulator", "dependencies": [{"name": "tim-types"}, {"name": "tim-follow"}]}),
            json!({"name": "tim-follow", "dependencies": [{"name": "tim-types"}]}),
            json!({"name": "tim-new", "dependencies": []}),
        ];
        let problems = problems(&packages);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(problems[0], "tim-emulator depends on tim-follow");
        assert!(problems[1].starts_with("tim-new has no place"));
    }
}
