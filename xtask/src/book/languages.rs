//! What the guides need: `tim`, Python with pytest, node with our package, and Rust with our
//! crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, cargo, helpers};

/// The folder in which the guides run, below the root. It is outside of the workspace for cargo.
const FOLDER: &str = "target/book-guides";
/// A language, the words in a page that need it, and the program that shows that it is there.
const OPTIONAL: [(&str, &str, &str); 2] = [("Go", "```go ", "go"), ("Java", "```java ", "javac")];

pub(super) struct Environment {
    root: PathBuf,
    target: PathBuf,
    path: String,
    missing: Vec<(&'static str, &'static str)>,
}

impl Environment {
    /// Builds `tim`, and installs pytest below `target/`.
    pub(super) fn prepare() -> Result<Self, String> {
        cargo::run(&["build", "--quiet", "-p", "tim-cli"])?;
        let root = cargo::root();
        let folder = root.join(FOLDER);
        cargo::needs("node", &["--version"], "apt-get install nodejs")?;
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder.join("node_modules")).map_err(failed)?;
        fs::create_dir_all(folder.join(".cargo")).map_err(failed)?;
        fs::write(folder.join(".cargo/config.toml"), cargo_config(&root)).map_err(failed)?;
        link(&root.join("crates/tim-cli/npm"), &folder.join("node_modules/tim-cli"))?;
        let target = cargo::target();
        let python = helpers::pytest_folder(&target)?;
        let inherited = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{}:{inherited}", target.join("debug").display(), python.display());
        let is_there = |program: &str| Command::new(program).arg("version").output().is_ok();
        let missing = OPTIONAL.into_iter().filter(|(.., program)| !is_there(program));
        Ok(Self { root, target, path, missing: missing.map(|(language, fence, _)| (language, fence)).collect() })
    }

    /// The languages that a page needs and that are not there.
    pub(super) fn missing(&self, page: &str) -> Vec<&'static str> {
        self.missing.iter().filter(|(_, fence)| page.contains(fence)).map(|(language, _)| *language).collect()
    }

    /// An empty folder for a guide.
    pub(super) fn folder(&self, guide: &str) -> Result<PathBuf, String> {
        let name = guide.trim_end_matches(".md").rsplit('/').next().unwrap_or_default();
        let folder = self.root.join(FOLDER).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        // The versions that the workspace uses, so that nothing else is downloaded.
        let lock = fs::copy(self.root.join("Cargo.lock"), folder.join("Cargo.lock"));
        lock.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Sets the variables of a guide. It must not get the settings of the person who runs it.
    pub(super) fn apply(&self, shell: &mut Command, folder: &Path) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TIM_") {
                shell.env_remove(name);
            }
        }
        shell.env("PATH", &self.path).env("HOME", folder).env("XDG_CONFIG_HOME", folder.join(".config"));
        // The packages bring the fixtures and the program.
        helpers::use_sources(shell).env("TIM_BIN", self.target.join("debug/tim"));
        shell.env("CARGO_TARGET_DIR", &self.target).env("CARGO_TERM_COLOR", "never");
        // `HOME` is another one, and these are below the old one by default.
        if let Some(home) = std::env::home_dir() {
            let or = |name: &str, below: &str| std::env::var_os(name).unwrap_or(home.join(below).into_os_string());
            shell.env("CARGO_HOME", or("CARGO_HOME", ".cargo")).env("RUSTUP_HOME", or("RUSTUP_HOME", ".rustup"));
        }
    }
}

/// Replaces crates that are not published by those of the workspace.
fn cargo_config(root: &Path) -> String {
    let crates = ["tim-types", "tim-sig", "tim-transport", "tim-follow", "tim-webhook", "tim-emulator"];
    let line = |name: &str| format!("{name} = {{ path = {:?} }}\n", root.join("crates").join(name));
    format!("[patch.crates-io]\n{}", crates.map(line).concat())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Outcome {
    let _ = fs::remove_file(to);
    std::os::unix::fs::symlink(from, to).map_err(|error| format!("{}: {error}", to.display()))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Outcome {
    Err("the guides run in sh: this task needs Unix".to_owned())
}
