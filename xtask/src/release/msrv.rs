//! The minimum supported Rust version, as far as it can be checked without that version: what each
//! dependency declares, and which functions of the standard library are newer.
//!
//! Only a build with that version would prove it. A dependency that declares nothing is listed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::published::{self, Package};
use crate::{Outcome, cargo, lint};

pub(super) fn check() -> Outcome {
    let published = published::in_order()?;
    let metadata = cargo::output(&["metadata", "--format-version", "1", "--locked", "--all-features"])?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let limit = published.iter().map(|package| package.entry["rust_version"].as_str().unwrap_or_default()).min();
    let limit = limit.unwrap_or_default();
    let declared = declared(&metadata, &published);
    let silent: Vec<_> = declared.iter().filter(|(_, version)| version.is_none()).map(|(name, _)| &**name).collect();
    println!(
        "Rust {limit}: {} dependencies, {} declare no version: {}",
        declared.len(),
        silent.len(),
        silent.join(", ")
    );
    let newer = newer(&declared, limit);
    if !newer.is_empty() {
        return Err(format!("dependencies that need a newer Rust than {limit}:\n{}", newer.join("\n")));
    }
    // The lint reads `rust-version` of each package. The lints of the workspace deny it too.
    let entries: Vec<Value> = published.iter().map(|package| package.entry.clone()).collect();
    let names = published.iter().flat_map(|package| ["-p", &package.name]);
    let args: Vec<&str> = ["clippy", "--quiet"].into_iter().chain(names).collect();
    lint::features::with_all(&entries, &args, &["--", "-D", "clippy::incompatible_msrv"], &[])
}

/// The dependencies of the published packages, direct or not, without those of tests, with the Rust
/// version that each one declares.
fn declared(metadata: &Value, published: &[Package]) -> BTreeMap<String, Option<String>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes = list(&metadata["resolve"]["nodes"]);
    let nodes: BTreeMap<_, _> = nodes.iter().map(|node| (node["id"].as_str().unwrap_or_default(), node)).collect();
    let packages = list(&metadata["packages"]);
    let mut open: Vec<&str> = published.iter().filter_map(|package| package.entry["id"].as_str()).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| node["deps"].as_array()).flatten();
        let needed = dependencies.filter(|dependency| {
            dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"] != "dev")
        });
        open.extend(needed.filter_map(|dependency| dependency["pkg"].as_str()));
    }
    let of_others = packages.iter().filter(|package| {
        let id = package["id"].as_str().unwrap_or_default();
        reached.contains(id) && !published.iter().any(|own| own.entry["id"] == id)
    });
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    of_others
        .map(|package| {
            let name = format!("{} {}", text(&package["name"]), text(&package["version"]));
            (name, package["rust_version"].as_str().map(str::to_owned))
        })
        .collect()
}

fn newer(declared: &BTreeMap<String, Option<String>>, limit: &str) -> Vec<String> {
    let newer = declared.iter().filter_map(|(name, version)| {
        let version = version.as_deref()?;
        (numbers(version) > numbers(limit)).then(|| {
            format!("{name} needs Rust {version}: use an older version of it, or raise `rust-version` in Cargo.toml")
        })
    });
    newer.collect()
}

fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    #[test]
    fn dependencies_of_tests_do_not_count() {
        let package = |id: &str, rust: Value| json!({"id": id, "name": id, "version": "1.0.0", "rust_version": rust});
        let needs = |id: &str, kinds: Value| json!({"pkg": id, "dep_kinds": kinds});
        let metadata = json!({
            "packages": [package("own", json!("1.89")), package("a", json!("1.90")), package("b", json!("1.89")),
                package("c", Value::Null), package("tests", json!("1.99"))],
            "resolve": {"nodes": [
                {"id": "own", "deps": [needs("b", json!([{"kind": null}])), needs("tests", json!([{"kind": "dev"}]))]},
                {"id": "b", "deps": [needs("a", json!([{"kind": "dev"}, {"kind": "build"}])), needs("c", json!([{"kind": null}]))]},
            ]},
        });
        let entry = package("own", json!("1.89"));
        let own = Package { name: "own".into(), version: "1.0.0".into(), folder: PathBuf::new(), entry };
        let declared = declared(&metadata, &[own]);
        assert_eq!(declared.keys().collect::<Vec<_>>(), ["a 1.0.0", "b 1.0.0", "c 1.0.0"]);
        let newer = newer(&declared, "1.89");
        assert!(newer.len() == 1 && newer[0].starts_with("a 1.0.0 needs Rust 1.90: "), "{newer:?}");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("1.100") > numbers("1.89") && numbers("1.89.1") > numbers("1.89"));
        assert_eq!(numbers("1.89.0"), numbers("1.89"));
    }
}
