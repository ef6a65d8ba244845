//! Tests of both clients over a transport in memory: no sockets, virtual time.
#![allow(clippy::unwrap_used, clippy::panic)]

mod batch;
mod batch_truth;
mod bounds;
mod budget;
mod clients;
mod commands;
mod deadline;
mod each;
mod events;
mod extremes;
mod failover;
mod hostile;
mod outcomes;
mod pages;
mod positions;
mod rate_limit;
mod rejected_targets;
mod send;
mod server_text;
mod service;
mod signature_refresh;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(feature = "stream")]
mod stream;
mod table;
mod targets;
mod virtual_time;
