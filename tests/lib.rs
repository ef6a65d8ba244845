//! Tests that need more than one crate. The code of the README is compiled and run as documentation
//! tests of this crate.
#![doc = include_str!("../README.md")]

pub mod wire_server;
