//! The bodies of the fuzz targets. Each is an ordinary function of bytes, which panics if it finds
//! an error.
//!
//! `cargo xtask fuzz` calls them with new bytes. The tests of this crate call them with the files
//! in `corpus`, a folder for each target.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod emulator;
mod http;
mod import;
mod input;
mod inspect;
mod journal;
pub mod panics;
mod responses;
mod verify;
mod webhooks;

/// The secret key of the signatures in the corpus and in tests/fixtures, which is not a secret.
pub const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

/// The app of these signatures.
pub const SDKAPPID: u32 = 1_400_000_000;

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name, which is also that of its folder in the corpus.
    pub name: &'static str,
    /// Panics if the bytes show an error.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "responses", run: responses::run },
    Target { name: "http", run: http::run },
    Target { name: "import", run: import::run },
    Target { name: "input", run: input::run },
    Target { name: "journal", run: journal::run },
    Target { name: "webhooks", run: webhooks::run },
    Target { name: "verify", run: verify::run },
    Target { name: "inspect", run: inspect::run },
];

/// Runs a target.
///
/// # Panics
/// The bytes show an error, or no target has this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called {name:?}")).run)(bytes);
}

/// Splits bytes behind the first line. The line has no line end.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or((bytes, &[]), |end| (&bytes[..end], &bytes[end + 1..]))
}
