//! Formats in, and the same state by both ways.

mod both_ways;
mod export;
mod formats;
