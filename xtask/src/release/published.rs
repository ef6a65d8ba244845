//! The packages that are published, in the order of their dependencies.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo;

/// A package of the workspace that is published.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// The folder of its `Cargo.toml`.
    pub(super) folder: PathBuf,
    /// Its entry in `cargo metadata`.
    pub(super) entry: Value,
}

impl Package {
    /// The entry of a package, or nothing if `publish = false`.
    fn new(entry: Value) -> Option<Self> {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let manifest = PathBuf::from(text("manifest_path"));
        let folder = manifest.parent().unwrap_or(Path::new("")).to_owned();
        // `publish` lists the registries; `publish = false` is an empty list.
        let published = entry["publish"].as_array().is_none_or(|registries| !registries.is_empty());
        let (name, version) = (text("name"), text("version"));
        published.then_some(Self { name, version, folder, entry })
    }

    /// Whether it needs `other`, in any kind of dependency.
    pub(super) fn needs(&self, other: &str) -> bool {
        self.entry["dependencies"].as_array().into_iter().flatten().any(|dependency| dependency["name"] == other)
    }

    pub(super) fn is_library(&self) -> bool {
        let kinds = self.entry["targets"].as_array().into_iter().flatten().map(|target| &target["kind"][0]);
        let kinds: Vec<_> = kinds.filter_map(Value::as_str).collect();
        // The library of a program is for its own tests.
        kinds.contains(&"lib") && !kinds.contains(&"bin")
    }
}

/// All published packages, each after those that it depends on.
pub(super) fn in_order() -> Result<Vec<Package>, String> {
    order(cargo::packages()?.into_iter().filter_map(Package::new).collect())
}

fn order(mut packages: Vec<Package>) -> Result<Vec<Package>, String> {
    let mut ordered = Vec::new();
    while !packages.is_empty() {
        let free = |package: &Package| !packages.iter().any(|other| package.needs(&other.name));
        let Some(next) = packages.iter().position(free) else {
            let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
            return Err(format!("these packages depend on each other in a circle: {}", names.join(", ")));
        };
        ordered.push(packages.remove(next));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, publish: Value, dependencies: &[&str]) -> Option<Package> {
        let dependencies: Vec<_> = dependencies.iter().map(|name| json!({"name": name, "kind": "dev"})).collect();
        let manifest = format!("/w/{name}/Cargo.toml");
        Package::new(json!({"name": name, "version": "1.0.0", "publish": publish, "dependencies": dependencies,
            "manifest_path": manifest, "targets": [{"kind": ["lib"]}]}))
    }

    fn names(packages: &[Package]) -> Vec<&str> {
        packages.iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn a_package_comes_after_its_dependencies() {
        let packages = [package("c", Value::Null, &["b", "a", "serde"]), package("b", Value::Null, &["a"])];
        let packages = packages.into_iter().chain([package("a", json!(["crates-io"]), &[])]).flatten().collect();
        assert_eq!(names(&order(packages).unwrap()), ["a", "b", "c"]);
    }

    #[test]
    fn a_private_package_is_left_out() {
        assert!(package("a", json!([]), &[]).is_none());
    }

    #[test]
    fn a_circle_is_reported() {
        let packages = [package("a", Value::Null, &["b"]), package("b", Value::Null, &["a"])];
        assert!(order(packages.into_iter().flatten().collect()).unwrap_err().ends_with("a, b"));
    }
}
