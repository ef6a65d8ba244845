//! The npm packages: a launcher, and for each platform a package with the binary. The binaries are
//! optional dependencies of the launcher, so npm installs only the one of the platform.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::platform::{ALL, Platform};
use super::release::{LICENCES, Release, THIRD_PARTY, copy, names, write};
use super::{program, recreate};
use crate::{Outcome, cargo};

const MANIFEST: &str = include_str!("../../../crates/tim-cli/npm/package.json");
/// The folders of the launcher.
const FOLDERS: [&str; 2] = ["bin", "lib"];

pub(super) fn build(release: &Release, tree: &Path) -> Outcome {
    launcher(release)?;
    let package = release.work.join("npm-platform");
    recreate(&package)?;
    let binary = release.platform.binary;
    copy(&tree.join(binary), &package.join("bin").join(binary))?;
    copy(&tree.join(THIRD_PARTY), &package.join(THIRD_PARTY))?;
    let text = format!("# {}\n\nThe binary of tim-cli for {}.\n", name(release.platform), release.platform.triple);
    write(&package.join("README.md"), text)?;
    pack(release, &package, &platform_manifest(release.platform, &release.version))
}

/// The package `tim-cli`. It is the same on all platforms.
fn launcher(release: &Release) -> Outcome {
    let source = cargo::root().join("crates/tim-cli");
    let package = release.work.join("npm");
    recreate(&package)?;
    for folder in FOLDERS {
        for file in names(&source.join("npm").join(folder))? {
            copy(&source.join("npm").join(folder).join(&file), &package.join(folder).join(&file))?;
        }
    }
    copy(&source.join("README.md"), &package.join("README.md"))?;
    pack(release, &package, &launcher_manifest(&release.version)?)
}

/// Adds the licences and the manifest, and packs the folder.
fn pack(release: &Release, package: &Path, manifest: &Value) -> Outcome {
    for file in LICENCES {
        copy(&cargo::root().join(file), &package.join(file))?;
    }
    write(&package.join("package.json"), format!("{manifest:#}\n"))?;
    let folder = release.folder.display().to_string();
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    program::run(npm, package, &["pack", "--silent", "--pack-destination", &folder], "apt-get install npm")
}

fn launcher_manifest(version: &str) -> Result<Value, String> {
    let failed = |error| format!("crates/tim-cli/npm/package.json cannot be read: {error}");
    let mut manifest: Value = serde_json::from_str(MANIFEST).map_err(failed)?;
    manifest["version"] = version.into();
    let platforms: Map<String, Value> = ALL.iter().map(|platform| (name(platform), version.into())).collect();
    manifest["optionalDependencies"] = platforms.into();
    Ok(manifest)
}

fn platform_manifest(platform: &Platform, version: &str) -> Value {
    let (os, cpu) = platform.node();
    let mut manifest = json!({
        "name": name(platform),
        "version": version,
        "description": format!("The binary of tim-cli for {}", platform.triple),
        "license": "MIT OR Apache-2.0",
        "os": [os],
        "cpu": [cpu],
        "files": ["bin", THIRD_PARTY, "LICENSE-*"],
        // The launcher looks for the binary in a folder.
        "preferUnplugged": true,
    });
    if platform.manylinux.is_some() {
        manifest["libc"] = json!(["glibc"]);
    }
    manifest
}

fn name(platform: &Platform) -> String {
    format!("@tim-cli/{}", platform.npm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launcher_depends_on_each_platform_in_its_version() {
        let manifest = launcher_manifest("1.2.3").unwrap();
        assert_eq!(manifest["version"], "1.2.3");
        for platform in &ALL {
            assert_eq!(manifest["optionalDependencies"][name(platform)], "1.2.3", "{platform:?}");
        }
    }

    #[test]
    fn a_platform_is_installed_only_where_it_runs() {
        let linux = platform_manifest(Platform::of("aarch64-unknown-linux-gnu").unwrap(), "1.2.3");
        assert_eq!(linux["name"], "@tim-cli/linux-arm64");
        assert_eq!(
            [&linux["os"], &linux["cpu"], &linux["libc"]],
            [&json!(["linux"]), &json!(["arm64"]), &json!(["glibc"])]
        );
        let windows = platform_manifest(Platform::of("x86_64-pc-windows-msvc").unwrap(), "1.2.3");
        assert_eq!(
            [&windows["os"], &windows["cpu"], &windows["libc"]],
            [&json!(["win32"]), &json!(["x64"]), &Value::Null]
        );
    }
}
