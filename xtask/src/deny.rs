//! Bans, licences and sources of the dependency tree. Needs the program cargo-deny.

use crate::{Outcome, cargo};

pub(crate) fn run() -> Outcome {
    cargo::run(&["deny", "check", "bans", "licenses", "sources"])
        .map_err(|error| format!("{error}\nit needs `cargo install --locked cargo-deny`"))
}
