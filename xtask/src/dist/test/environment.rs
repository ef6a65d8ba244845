//! A Debian without Rust, in a folder. Each test has a layer of its own above it, which is gone
//! afterwards, and no network.

use std::fs;
use std::path::{Path, PathBuf};

use super::scripts;
use crate::Outcome;
use crate::dist::program;

/// The release of Debian.
const SUITE: &str = "bookworm";
/// The packages that the tests need besides those of a minimal Debian.
const PACKAGES: [&str; 5] = ["man-db", "nodejs", "npm", "procps", "python3-venv"];
/// A test that takes longer has failed, in seconds.
const TIMEOUT: &str = "600";

pub(super) struct Environment {
    /// The folder of everything here.
    pub(super) folder: PathBuf,
    /// A minimal Debian.
    pub(super) base: PathBuf,
    /// The same with [`PACKAGES`].
    tools: PathBuf,
}

impl Environment {
    /// Downloads what is missing.
    pub(super) fn prepare(target: &Path) -> Result<Self, String> {
        let folder = target.join("dist-env");
        let environment = Self { base: folder.join("base"), tools: folder.join("tools"), folder };
        fs::create_dir_all(&environment.folder)
            .map_err(|error| format!("{} cannot be created: {error}", environment.folder.display()))?;
        environment.make("base", |partial| {
            let args = ["--variant=minbase", SUITE, partial];
            program::run("debootstrap", &environment.folder, &args, "apt-get install debootstrap")
        })?;
        environment.make("tools", |partial| {
            program::run("cp", &environment.folder, &["-a", "base", partial], "apt-get install coreutils")?;
            install(&environment.folder.join(partial), &PACKAGES)
        })?;
        Ok(environment)
    }

    /// Makes a folder, unless it is there. Its name is given last, so that what was interrupted
    /// starts again.
    pub(super) fn make(&self, name: &str, fill: impl FnOnce(&str) -> Outcome) -> Outcome {
        let (path, partial) = (self.folder.join(name), format!("{name}.partial"));
        if path.exists() {
            return Ok(());
        }
        let failed = |error| format!("{partial} in {} cannot be replaced: {error}", self.folder.display());
        if self.folder.join(&partial).exists() {
            fs::remove_dir_all(self.folder.join(&partial)).map_err(failed)?;
        }
        fill(&partial)?;
        fs::rename(self.folder.join(&partial), path).map_err(failed)
    }

    /// Runs a script on the packages in a folder.
    pub(super) fn run(&self, packages: &Path, script: &str, version: &str) -> Outcome {
        let scripts = scripts();
        let (tools, packages) = (self.tools.display().to_string(), packages.display().to_string());
        let args = [&tools, &packages, &scripts, script, version];
        self.isolated(&format!("{scripts}/enter.sh"), &args)
    }

    /// Runs a script without a network, with processes and mounts of its own. All of them end with
    /// it.
    pub(super) fn isolated(&self, script: &str, args: &[&str]) -> Outcome {
        let isolate = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", script];
        let args: Vec<&str> = [TIMEOUT].into_iter().chain(isolate).chain(args.iter().copied()).collect();
        program::run("timeout", &self.folder, &args, "apt-get install coreutils util-linux iproute2")
    }
}

/// Installs Debian packages into the Debian in a folder.
pub(super) fn install(root: &Path, packages: &[&str]) -> Outcome {
    let program = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends"];
    let args: Vec<&str> = ["."].into_iter().chain(program).chain(packages.iter().copied()).collect();
    program::run("chroot", root, &args, "apt-get install coreutils")
}
