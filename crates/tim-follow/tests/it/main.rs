//! Both clients over a scripted transport: no sockets, virtual time.
#![allow(clippy::unwrap_used, clippy::panic)]

mod batch;
mod bounds;
mod clients;
mod events;
mod failover;
mod hostile;
mod pages;
mod quota;
mod resign;
mod send;
mod service;
#[cfg(feature = "stream")]
mod stream;
mod table;
