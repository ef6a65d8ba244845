//! Tests that take more than one crate.
//!
//! Three layers, because an emulator is no oracle: fixtures pin the documented bytes, contracts pin what clients put on
//! the wire, stories tell what happens over time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod cold_start;
mod conformance;
mod contract;
mod damaged;
mod documents;
mod faults;
mod fixtures;
mod hostile;
mod https;
mod killed;
mod leak;
mod pacing;
mod roundtrip;
mod signatures;
mod stories;
mod streams;
