//! Both clients over a scripted transport: no sockets, virtual time.
#![allow(clippy::unwrap_used)]

mod clients;
mod pages;
mod send;
