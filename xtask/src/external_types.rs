//! The types of other crates in public signatures are those that a crate allows. Needs the nightly
//! toolchain and the program cargo-check-external-types.
//!
//! The allowed types are in `[package.metadata.cargo_check_external_types]` of each `Cargo.toml`,
//! where that program looks for them too. Here it reports all types of other crates, so that an
//! entry that nothing needs is noticed.

use serde_json::Value;

use crate::{Outcome, cargo, lint};

const CRATES: [&str; 5] = ["tim-types", "tim-sig", "tim-transport", "tim-follow", "tim-webhook"];

/// Types that are allowed behind a feature only: the crate, the feature, and how the types begin.
const BEHIND: [(&str, &str, &str); 2] =
    [("tim-transport", "reqwest-0-13", "reqwest::"), ("tim-follow", "stream", "futures_core::")];

pub(crate) fn run() -> Outcome {
    cargo::needs_nightly()?;
    cargo::needs("cargo", &["check-external-types", "--help"], "cargo install --locked cargo-check-external-types")?;
    let config = cargo::target().join("no-external-types.toml");
    std::fs::write(&config, "allowed_external_types = []\n")
        .map_err(|error| format!("{}: {error}", config.display()))?;
    let config = config.display().to_string();
    let mut problems = Vec::new();
    for package in cargo::packages()? {
        let name = package["name"].as_str().unwrap_or_default();
        if !CRATES.contains(&name) {
            continue;
        }
        let allowed = allowed(&package)?;
        let found = types(&report(&package, &lint::features::without(&package, None), &config)?)?;
        problems.extend(
            forbidden(&found, &allowed).chain(unneeded(&found, &allowed)).map(|line| format!("{name}: {line}")),
        );
        for (_, feature, prefix) in BEHIND.iter().filter(|(of, ..)| *of == name) {
            let allowed: Vec<&str> = allowed.iter().copied().filter(|entry| !entry.starts_with(prefix)).collect();
            let found = types(&report(&package, &lint::features::without(&package, Some(feature)), &config)?)?;
            let forbidden = forbidden(&found, &allowed);
            problems.extend(forbidden.map(|line| format!("{name} without the feature {feature}: {line}")));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("types in public signatures:\n{}", problems.join("\n"))) }
}

fn allowed(package: &Value) -> Result<Vec<&str>, String> {
    let list = &package["metadata"]["cargo_check_external_types"]["allowed_external_types"];
    let list = list.as_array().ok_or(format!("{} does not list its external types", package["manifest_path"]))?;
    Ok(list.iter().filter_map(Value::as_str).collect())
}

/// What the program writes about a crate with these features.
fn report(package: &Value, features: &str, config: &str) -> Result<String, String> {
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    println!("--- cargo check-external-types --manifest-path {manifest} --features {features:?}");
    let output = cargo::nightly(&["check-external-types", "--manifest-path", manifest, "--config", config])
        .args(["--no-default-features", "--features", features])
        .output()
        .map_err(|error| format!("rustup could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complete = output.status.success() || text.contains(" errors, ");
    if complete { Ok(text) } else { Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr))) }
}

/// A type of another crate, and where it is.
#[derive(Debug, PartialEq)]
struct Foreign {
    path: String,
    place: String,
}

fn types(report: &str) -> Result<Vec<Foreign>, String> {
    let mut types: Vec<Foreign> = Vec::new();
    for line in report.lines() {
        if let Some(rest) = line.strip_prefix("error: ") {
            let path = rest.strip_prefix("Unapproved external type `").and_then(|rest| rest.split_once('`'));
            let (path, _) = path.ok_or(format!("not a report of cargo-check-external-types: {line}"))?;
            types.push(Foreign { path: path.to_owned(), place: String::new() });
        } else if let (Some(last), Some(place)) =
            (types.last_mut(), line.trim().strip_prefix("--> ").or(line.trim().strip_prefix("= ")))
        {
            last.place.push_str(if last.place.is_empty() { "" } else { ", " });
            last.place.push_str(place);
        }
    }
    Ok(types)
}

/// An entry is the path of a type, or of a module with `::*`.
fn allows(entry: &str, path: &str) -> bool {
    entry.strip_suffix('*').map_or(entry == path, |module| path.starts_with(module))
}

fn forbidden(found: &[Foreign], allowed: &[&str]) -> impl Iterator<Item = String> {
    let forbidden = found.iter().filter(|found| !allowed.iter().any(|entry| allows(entry, &found.path)));
    forbidden.map(|found| format!("{} is not allowed: {}", found.path, found.place)).collect::<Vec<_>>().into_iter()
}

fn unneeded(found: &[Foreign], allowed: &[&str]) -> impl Iterator<Item = String> {
    let unneeded = allowed.iter().filter(|entry| !found.iter().any(|found| allows(entry, &found.path)));
    unneeded.map(|entry| format!("{entry} is allowed, but no signature has it")).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
error: Unapproved external type `reqwest::Client` referenced in public API
  --> crates/x/src/lib.rs:62:5
   |
62 |     pub fn new(client: Client) {
   |     ^
   |
   = in argument named `client` of `x::X::new`

error: Unapproved external type `serde_json::value::Value` referenced in public API
   = in struct field of `x::X`

2 errors, 0 warnings emitted
";

    #[test]
    fn a_type_that_is_not_allowed_is_reported_with_its_place() {
        let found = types(REPORT).unwrap();
        let lines: Vec<_> = forbidden(&found, &["serde_json::value::Value", "http::*"]).collect();
        let place = "crates/x/src/lib.rs:62:5, in argument named `client` of `x::X::new`";
        assert_eq!(lines, [format!("reqwest::Client is not allowed: {place}")]);
        assert_eq!(forbidden(&found, &["reqwest::*", "serde_json::value::*"]).count(), 0);
    }

    #[test]
    fn an_entry_that_nothing_needs_is_reported() {
        let found = types(REPORT).unwrap();
        let lines: Vec<_> = unneeded(&found, &["serde_json::*", "reqwest", "http::Uri"]).collect();
        assert_eq!(lines, ["reqwest", "http::Uri"].map(|entry| format!("{entry} is allowed, but no signature has it")));
    }

    #[test]
    fn another_error_is_not_a_report() {
        assert!(types("error: could not compile `x`\n").is_err());
    }
}
