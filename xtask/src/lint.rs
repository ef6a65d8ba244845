//! Formatting, layers, headers of endpoints, generated files, words, links, translations, modules,
//! dependencies and their reasons, clippy for sets of features, docs.

mod cycles;
pub(crate) mod features;
mod links;
mod reasons;
mod tokens;
mod translations;
pub(crate) mod unused;
mod words;

use crate::{Outcome, cargo, fixtures, fuzz, headers, layers};

pub(crate) fn run() -> Outcome {
    cargo::run(&["fmt", "--all", "--check"])?;
    layers::check()?;
    headers::check()?;
    fixtures::check()?;
    words::check()?;
    links::check()?;
    translations::check()?;
    cycles::check()?;
    unused::check()?;
    reasons::check()?;
    features::check()?;
    fuzz::check()?;
    features::docs()
}
