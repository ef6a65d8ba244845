//! Seeds, and planted faults that the simulation has to report.
#![allow(clippy::unwrap_used, clippy::panic)]

mod defects;
mod seeds;
