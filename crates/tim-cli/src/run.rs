//! Commands with any number of targets or users: from arguments, a file or a pipe to rows in the
//! same order.
//!
//! [`core`] decides, [`event_loop`] is the loop, [`drive`] has what it works with, and [`batch`]
//! and [`export`] are the two kinds of work. docs/bulk.md describes what a journal guarantees.

pub(crate) mod args;
pub(crate) mod batch;
pub(crate) mod begin;
pub(crate) mod bulk;
pub(crate) mod conclude;
pub(crate) mod confirm;
pub(crate) mod core;
pub(crate) mod drive;
pub(crate) mod event_loop;
pub(crate) mod export;
pub(crate) mod interrupt;
pub(crate) mod meter;
pub(crate) mod pace;
pub(crate) mod progress;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod summary;

use std::time::Instant;

use tim_follow::transport::ClockReading;

/// The clock of all runs.
pub(crate) fn now() -> Instant {
    ClockReading::system().instant
}
