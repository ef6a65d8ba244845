//! A simulated service in virtual time.
//!
//! One run has clients in several processes, the network between them and the service, and the
//! commands of the emulator. All of it is in one thread, without sockets, threads, sleeping or the
//! clock of the system. A [`Plan`] says what happens, and comes from one seed, so a run can be
//! repeated. The invariants are checked while it runs and at its end, against what the service
//! received and did.
//!
//! `cargo xtask simulate` runs many seeds. `--seed N` repeats one with a trace.
#![cfg_attr(not(test), deny(missing_docs))]

mod client;
mod defect;
mod disk;
mod executor;
mod fate;
mod history;
mod invariants;
mod lock;
mod network;
mod plan;
mod reading;
mod redis;
mod run;
mod service;
mod sharing;
mod shrink;
mod sim;
mod tampering;
mod violation;
mod wire;
mod work;

pub use defect::Defect;
pub use plan::Plan;
pub use redis::{RedisModel, Reply, SCRIPT};
pub use run::{Report, Simulator};
pub use shrink::shrink;
pub use violation::Violation;
