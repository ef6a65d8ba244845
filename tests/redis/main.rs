//! The quota that processes share, on a real `redis-server`. `cargo xtask redis` runs this.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod away;
mod fleet;
mod server;
mod service;
mod turns;
