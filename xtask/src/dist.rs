//! Packages of `tim` for people without Rust: an archive, a Debian package, a wheel and npm
//! packages, all with the same binary.

mod archive;
mod build;
mod debian;
mod licences;
mod npm;
mod options;
mod platform;
mod program;
mod release;
mod test;

use std::fs;
use std::path::Path;

use self::options::Options;
use self::platform::Platform;
use self::release::Release;
use crate::Outcome;

/// The checksums of all packages.
const CHECKSUMS: &str = "SHA256SUMS";

/// Builds the packages, or tests those that were built.
pub(crate) fn run(args: &[&str]) -> Outcome {
    match Options::parse(args)? {
        Options::Build(platform) => build(platform),
        Options::Test(packages) => test::run(&Release::new(Platform::host()?)?, &packages),
    }
}

fn build(platform: &'static Platform) -> Outcome {
    let release = Release::new(platform)?;
    recreate(&release.folder)?;
    recreate(&release.work)?;
    let binary = build::wheel(&release)?;
    let files = release.stage(&binary)?;
    archive::build(&release, &files)?;
    if platform.debian.is_some() {
        debian::build(&release, &files)?;
    }
    npm::build(&release, &files)?;
    checksums(&release.folder)?;
    println!("--- the packages are in {}", release.folder.display());
    Ok(())
}

/// Writes the checksums of all packages, in the format of `sha256sum --check`.
fn checksums(folder: &Path) -> Outcome {
    let names = release::names(folder)?;
    let (name, first): (_, &[&str]) =
        if cfg!(target_os = "macos") { ("shasum", &["-a", "256"]) } else { ("sha256sum", &[]) };
    let args: Vec<&str> = first.iter().copied().chain(names.iter().map(String::as_str)).collect();
    let sums = program::output(name, folder, &args, "apt-get install coreutils")?;
    release::write(&folder.join(CHECKSUMS), sums)
}

/// Makes an empty folder.
fn recreate(folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("{} cannot be made empty: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}
