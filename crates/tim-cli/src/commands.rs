//! The commands, one module for each.

pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod emulator;
pub(crate) mod error;
pub(crate) mod follow;
pub(crate) mod friend;
pub(crate) mod man;
pub(crate) mod schema;
pub(crate) mod usersig;
