//! Tests that need more than one crate. The code of the README is compiled and run as documentation
//! tests of this crate.
#![doc = include_str!("../README.md")]

pub mod wire_server;

/// The code of docs/webhooks.md is compiled as documentation tests too.
#[cfg(doctest)]
#[doc = include_str!("../docs/webhooks.md")]
pub struct Webhooks;
