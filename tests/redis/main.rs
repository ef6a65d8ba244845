//! `RedisRateLimiter` and the command `tim` with a real `redis-server`. `cargo xtask redis` runs
//! this.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod away;
mod cancel;
mod model;
mod processes;
mod reasons;
mod script;
mod server;
mod service;
mod tim;
mod tls;
