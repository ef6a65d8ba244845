//! The program as people and scripts meet it: arguments in; output, messages and exit codes out.
#![allow(clippy::unwrap_used)]

mod account;
mod block;
mod bulk;
mod commands;
mod config;
mod core;
mod crash;
mod demo;
mod diff;
mod doctor;
mod emulator;
mod emulator_terminal;
mod error;
mod files;
mod friend;
mod friend_group;
mod graph;
#[cfg(unix)]
mod hostile;
mod input;
mod lists;
#[cfg(unix)]
mod migrate;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod profile;
mod program;
mod resume;
mod schema;
mod secrets;
mod settings;
mod usersig;
mod webhook;
