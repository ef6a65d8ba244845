//! The emulator: how fast it commits, how fast it imports, and whether it responds at once while it
//! works on the whole state.
//!
//! Arguments after `emulator` select the parts: commits, import, responsive, domain. `small` makes
//! the state a hundred times smaller, to try the benchmark itself.
#![expect(clippy::disallowed_methods, reason = "it measures time")]

mod commits;
mod connection;
mod domain;
mod follows;
mod import;
mod responsive;

use std::path::PathBuf;

/// The part of the state that is made: all of it, or a hundredth.
#[derive(Debug, Clone, Copy)]
struct Size {
    follows: u64,
    users: u64,
    followers_of_one: u64,
}

const FULL: Size = Size { follows: 10_000_000, users: 1_000_000, followers_of_one: 1_000_000 };
const SMALL: Size = Size { follows: 100_000, users: 10_000, followers_of_one: 10_000 };

pub(crate) fn run() -> bool {
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let has = |name: &str| named.iter().any(|arg| arg == name);
    let size = if has("small") { SMALL } else { FULL };
    let all = !["commits", "import", "responsive", "domain"].into_iter().any(has);
    let mut holds = true;
    if all || has("commits") {
        holds &= commits::run();
    }
    if all || has("import") {
        holds &= import::run(size);
    }
    if all || has("responsive") {
        holds &= responsive::run(size);
    }
    if all || has("domain") {
        holds &= domain::run(size);
    }
    holds
}

/// A folder for data files, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
