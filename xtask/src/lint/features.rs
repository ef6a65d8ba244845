//! Clippy for the workspace with all features, and for each crate with sets of its features.
//!
//! The features are those that `cargo metadata` lists, so a new one needs no change here. Checking
//! every set would take too long. A crate is checked with no feature, with each one, with each two,
//! with all but one, and with all. This covers code for one feature, code for two together, such as
//! a backend and a TLS library, and code for a missing one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Outcome, cargo};

/// Needs the headers of OpenSSL on Linux.
const NATIVE_TLS: &str = "native-tls";

type Set = BTreeSet<String>;

/// Each feature of a package, with the features of the same package that it turns on.
type Features = BTreeMap<String, Set>;

pub(super) fn check() -> Outcome {
    let packages = cargo::packages()?;
    if !cargo::native_tls_builds() {
        println!("--- left out: the features `{NATIVE_TLS}`, which need the headers of OpenSSL and pkg-config");
    }
    with_all(&packages, &["clippy", "--workspace", "--all-targets"], &["--", "-D", "warnings"], &[])?;
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let features = features(package);
        for set in sets(&features) {
            let chosen = set.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            let args = ["--quiet", "-p", name, "--no-default-features", "--features", &chosen];
            // Without the tests first: their dependencies turn on more features of the library's
            // dependencies.
            clippy(&args)?;
            if set.len() < 2 || set.len() == features.len() {
                clippy(&[&args[..], &["--all-targets"]].concat())?;
            }
        }
    }
    Ok(())
}

fn clippy(args: &[&str]) -> Outcome {
    cargo::run(&[&["clippy"], args, &["--", "-D", "warnings"]].concat())
}

/// Builds the docs of the workspace with all features, so that links of items behind a feature are
/// checked too.
pub(super) fn docs() -> Outcome {
    let args = ["doc", "--workspace", "--no-deps", "--quiet"];
    with_all(&cargo::packages()?, &args, &[], &[("RUSTDOCFLAGS", "-D warnings")])
}

/// Runs cargo with all features that can be built here, between these arguments.
pub(crate) fn with_all(packages: &[Value], before: &[&str], after: &[&str], env: &[(&str, &str)]) -> Outcome {
    let named = packages.iter().flat_map(|package| {
        let name = package["name"].as_str().unwrap_or_default();
        features(package).into_keys().map(move |feature| format!("{name}/{feature}"))
    });
    let named = named.collect::<Vec<_>>().join(",");
    let all: &[&str] = if cargo::native_tls_builds() { &["--all-features"] } else { &["--features", &named] };
    cargo::run_with(&[before, all, after].concat(), env)
}

/// The features that can be built here, without `default`.
fn features(package: &Value) -> Features {
    let listed = package["features"].as_object().into_iter().flatten();
    let listed = listed.filter(|(name, _)| *name != "default" && (*name != NATIVE_TLS || cargo::native_tls_builds()));
    let turns_on =
        |list: &Value| list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    listed.map(|(name, list)| (name.clone(), turns_on(list))).collect()
}

/// The features of a package that can be built here, without one and those that turn it on.
pub(crate) fn without(package: &Value, feature: Option<&str>) -> String {
    let features = features(package);
    let without = features.keys().filter(|name| feature.is_none_or(|off| !complete(&features, [*name]).contains(off)));
    without.map(String::as_str).collect::<Vec<_>>().join(",")
}

/// The sets to check, each with all features that it turns on.
fn sets(features: &Features) -> BTreeSet<Set> {
    let every: Set = features.keys().cloned().collect();
    let mut sets = BTreeSet::from([Set::new(), every.clone()]);
    for a in &every {
        sets.extend(every.iter().map(|b| complete(features, [a, b])));
        sets.insert(complete(features, every.iter().filter(|other| *other != a)));
    }
    sets
}

/// Some features and those that they turn on, directly or not.
fn complete<'a>(features: &Features, some: impl IntoIterator<Item = &'a String>) -> Set {
    let mut set: Set = some.into_iter().cloned().collect();
    loop {
        let on = set.iter().filter_map(|name| features.get(name)).flatten().filter(|name| features.contains_key(*name));
        let more: Vec<String> = on.filter(|name| !set.contains(*name)).cloned().collect();
        if more.is_empty() {
            return set;
        }
        set.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(names: &str) -> Set {
        names.chars().map(String::from).collect()
    }

    #[test]
    fn a_new_feature_is_in_every_kind_of_set() {
        let package = json!({"features": {"default": ["a"], "a": [], "b": ["dep:x", "y/b"], "c": [], "d": []}});
        let sets = sets(&features(&package));
        let expected = " a b c d ab ac ad bc bd cd abc abd acd bcd abcd".split(' ').map(set);
        assert_eq!(sets, expected.collect());
    }

    #[test]
    fn a_set_has_what_its_features_turn_on() {
        let package = json!({"features": {"a": [], "b": ["a", "dep:x"], "c": ["b"], "d": []}});
        assert_eq!(without(&package, Some("b")), "a,d");
        assert_eq!(without(&package, None), "a,b,c,d");
        let sets = sets(&features(&package));
        assert_eq!(sets, " a d ab ad abc abd abcd".split(' ').map(set).collect());
    }
}
