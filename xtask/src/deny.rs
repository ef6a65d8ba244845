//! Bans, licences and sources of the dependency tree. Needs the program cargo-deny and no network.

use crate::{Outcome, cargo};

pub(crate) fn run() -> Outcome {
    cargo::run(&["deny", "--offline", "check", "bans", "licenses", "sources"])
        .map_err(|error| format!("{error}\nit needs `cargo install --locked cargo-deny`"))
}
