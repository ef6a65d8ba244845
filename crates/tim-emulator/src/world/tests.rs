//! Commands in, JSON out, time in hand.

mod accounts;
mod answers;
mod blocks;
mod commands;
mod follows;
mod friends;
mod keeping;
mod lists;
mod model;
mod quirks;
mod random;
mod scale;

const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave"];
