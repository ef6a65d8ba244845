//! Reads targets: recognises formats, checks an input before anything is sent, and streams it.

pub(crate) mod args;
pub(crate) mod bad_lines;
mod columns;
mod csv;
pub(crate) mod error;
pub(crate) mod estimate;
pub(crate) mod export;
pub(crate) mod fields;
pub(crate) mod fingerprint;
pub(crate) mod from_line;
mod line;
mod lines;
pub(crate) mod memory;
mod names;
pub(crate) mod pairs;
pub(crate) mod position;
pub(crate) mod preflight;
pub(crate) mod reading;
mod recognise;
mod record;
pub(crate) mod retry;
pub(crate) mod source;
pub(crate) mod stream;
pub(crate) mod user;
