//! Reads targets: recognises formats, checks an input before anything is sent, and streams it.

pub(crate) mod args;
pub(crate) mod bad_lines;
mod columns;
mod csv;
pub(crate) mod error;
pub(crate) mod estimate;
mod lines;
pub(crate) mod preflight;
mod recognise;
pub(crate) mod record;
pub(crate) mod retry;
pub(crate) mod source;
pub(crate) mod stream;
mod user;
