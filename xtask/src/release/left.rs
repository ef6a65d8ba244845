//! Lists the steps of a release that a person still has to do.

use super::changelog::{self, Heading};
use super::names::{self, Owner};
use super::published::Package;
use crate::{HELP, cargo};

pub(super) fn items(published: &[Package]) -> Result<Vec<String>, String> {
    let version = changelog::version()?;
    let tag = format!("v{version}");
    let mut items = Vec::new();
    items.extend(repository(published));
    items.extend(published.iter().filter_map(|package| name(package, &names::look_up(&package.name))));
    items.extend(date(changelog::heading_of(&changelog::read()?, &version), &version));
    if !cargo::output_of("git", &["status", "--porcelain"])?.trim().is_empty() {
        items.push("commit the changes in the working tree".to_owned());
    }
    items.push("run `cargo xtask ci` and `cargo xtask release --check` at the commit to release".to_owned());
    if cargo::output_of("git", &["tag", "--list", &tag])?.trim().is_empty() {
        items.push(format!("tag the commit: `git tag -a {tag}`, and push the tag"));
    }
    items.push("`cargo login` with a token of crates.io that may publish new crates, unless that is done".to_owned());
    let packages: Vec<String> = published.iter().map(|package| format!("-p {}", package.name)).collect();
    items.push(format!("`cargo publish {}`", packages.join(" ")));
    // The task is not a dependency of this one: it is in the list of tasks if it exists.
    if HELP.contains("\n  dist ") {
        items.push("build the programs with `cargo xtask dist`, and upload them".to_owned());
    }
    items.push(baseline(&tag));
    Ok(items)
}

fn repository(published: &[Package]) -> Option<String> {
    let without: Vec<_> = published.iter().filter(|package| package.entry["repository"].is_null()).collect();
    let names: Vec<_> = without.iter().map(|package| package.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "write the URL of the public repository into `[workspace.package]` of Cargo.toml, and `repository.workspace = true` \
             into the packages: {}",
            names.join(", ")
        )
    })
}

/// What to do about the name of a package on crates.io.
fn name(package: &Package, owner: &Owner) -> Option<String> {
    let name = &package.name;
    match owner {
        Owner::Nobody => None,
        Owner::Unknown(reason) => {
            Some(format!("look up the name `{name}` on crates.io, because this failed: {reason}"))
        }
        // The package is ours if it names our repository.
        Owner::Package { repository: Some(theirs), .. } if package.entry["repository"] == theirs.as_str() => None,
        Owner::Package { description, repository } => {
            let from = repository.as_deref().map(|url| format!(", {url}")).unwrap_or_default();
            let program = if package.is_library() { "" } else { "; the program is still `tim`" };
            Some(format!(
                "choose another name for `{name}`, which belongs to another package ({description}{from}): change `name` in {}, \
                 and `{name}` in the other packages and docs{program}",
                package.folder.join("Cargo.toml").strip_prefix(cargo::root()).unwrap_or(&package.folder).display()
            ))
        }
    }
}

fn date(heading: Option<Heading>, version: &str) -> Option<String> {
    match heading {
        Some(Heading::Released { .. }) => None,
        _ => Some(format!("give the changes the version and the date: `## [{version}] - YYYY-MM-DD` in CHANGELOG.md")),
    }
}

fn baseline(tag: &str) -> String {
    format!("afterwards, set `semver-baseline` in Cargo.toml to the commit of {tag}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, repository: serde_json::Value) -> Package {
        let folder = cargo::root().join("crates").join(name);
        let entry = json!({"repository": repository, "targets": [{"kind": ["lib"]}]});
        Package { name: name.into(), version: "1.0.0".into(), folder, entry }
    }

    #[test]
    fn a_repository_is_asked_for_until_all_packages_have_it() {
        let packages = [package("a", json!("https://example.com/a")), package("b", json!(null))];
        assert!(repository(&packages).unwrap().ends_with("into the packages: b"));
        assert_eq!(repository(&packages[..1]), None);
    }

    #[test]
    fn only_a_name_of_another_package_has_to_change() {
        let ours = package("a", json!("https://example.com/a"));
        let of =
            |url: Option<&str>| Owner::Package { description: "An editor.".into(), repository: url.map(str::to_owned) };
        assert_eq!(name(&ours, &Owner::Nobody), None);
        assert_eq!(name(&ours, &of(Some("https://example.com/a"))), None);
        let taken = name(&ours, &of(Some("https://example.com/editor"))).unwrap();
        assert!(
            taken.contains("(An editor., https://example.com/editor)") && taken.contains("crates/a/Cargo.toml"),
            "{taken}"
        );
        // Without a repository of ours, nothing shows that the package is ours.
        assert!(name(&package("a", json!(null)), &of(None)).is_some());
        assert!(name(&ours, &Owner::Unknown("no network".into())).unwrap().contains("no network"));
    }

    #[test]
    fn a_date_is_asked_for_until_it_is_there() {
        assert!(date(Some(Heading::Unreleased), "0.2.0").unwrap().contains("## [0.2.0] - YYYY-MM-DD"));
        let released = Heading::Released { version: "0.2.0".into(), date: "2026-12-01".into() };
        assert_eq!(date(Some(released), "0.2.0"), None);
    }
}
