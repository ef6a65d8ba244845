//! The wheel, and the binary that all other packages take from its build.

use std::path::PathBuf;

use super::release::{LICENCES, Release, THIRD_PARTY, copy, names, write};
use super::{licences, program, recreate};
use crate::{cargo, python};

/// The programs that build wheels; pip installs them.
const REQUIREMENTS: &str = include_str!("../../dist/requirements.txt");
/// The project of the wheel, in the folder of the crate.
const PROJECT: &str = include_str!("../../../crates/tim-cli/python/pyproject.toml");
/// The Python package with the fixtures of pytest.
const PACKAGE: &str = "tim_emulator";
/// The path of the crate in this project.
const MANIFEST: &str = "\"../Cargo.toml\"";

/// Builds the wheel with maturin. Returns the path of the binary.
///
/// One build makes the binary of all packages, because it takes minutes. On Linux, it is linked
/// with zig, which has the symbols of each version of glibc: otherwise the binary needs the version
/// of this machine.
pub(super) fn wheel(release: &Release) -> Result<PathBuf, String> {
    let tools = python::install(&release.target.join("dist-tools"), REQUIREMENTS)?;
    let project = project(release)?;
    let triple = release.platform.triple;
    let folder = release.folder.display().to_string();
    let mut args = vec!["build", "--target", triple, "--out", &folder];
    if let Some(tag) = release.platform.manylinux {
        args.extend(["--zig", "--compatibility", tag, "--auditwheel", "check"]);
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let separator = if cfg!(windows) { ';' } else { ':' };
    let env = [
        ("PATH", &*format!("{}{separator}{path}", tools.display())),
        ("SOURCE_DATE_EPOCH", &*release.date),
        ("RUSTFLAGS", &*without_paths()),
        ("CARGO_TARGET_DIR", &*release.target.display().to_string()),
    ];
    let maturin = tools.join("maturin").display().to_string();
    program::run_with(&maturin, &project, &args, &env, "cargo xtask dist")?;
    Ok(release.target.join(triple).join("dist").join(release.platform.binary))
}

/// Flags that keep the folders of this machine out of the messages of panics.
fn without_paths() -> String {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let folders = [(cargo, "cargo"), (Some(cargo::root()), "tim")];
    let known = folders.iter().filter_map(|(from, to)| Some((from.as_ref()?, to)));
    known.map(|(from, to)| format!("--remap-path-prefix={}=/{to} ", from.display())).collect()
}

/// Collects the project of the wheel: only files inside of it can be in the wheel.
fn project(release: &Release) -> Result<PathBuf, String> {
    let (root, project) = (cargo::root(), release.work.join("python"));
    recreate(&project)?;
    let manifest = root.join("crates/tim-cli/Cargo.toml").display().to_string();
    if !PROJECT.contains(MANIFEST) {
        return Err(format!("crates/tim-cli/python/pyproject.toml has no manifest-path {MANIFEST}"));
    }
    // A path of Windows has backslashes, which a literal string of TOML keeps.
    write(&project.join("pyproject.toml"), PROJECT.replace(MANIFEST, &format!("'{manifest}'")))?;
    let package = root.join("crates/tim-cli/python").join(PACKAGE);
    // Python writes a folder into the package when it runs there.
    for file in names(&package)?.iter().filter(|name| *name != "__pycache__") {
        copy(&package.join(file), &project.join(PACKAGE).join(file))?;
    }
    copy(&root.join("crates/tim-cli/README.md"), &project.join("README.md"))?;
    for file in LICENCES {
        copy(&root.join(file), &project.join(file))?;
    }
    write(&project.join(THIRD_PARTY), licences::third_party(release.platform.triple)?)?;
    Ok(project)
}
