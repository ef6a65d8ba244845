//! Commands in, JSON out, time in hand.

mod accounts;
mod blocks;
mod choices;
mod follows;
mod friends;
mod keeping;
mod lists;

const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave"];
