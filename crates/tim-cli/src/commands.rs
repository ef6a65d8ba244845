//! The commands, one module for each.

pub(crate) mod account;
pub(crate) mod block;
pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod emulator;
pub(crate) mod error;
pub(crate) mod follow;
pub(crate) mod friend;
pub(crate) mod friend_group;
pub(crate) mod man;
pub(crate) mod profile;
pub(crate) mod schema;
pub(crate) mod usersig;
pub(crate) mod webhook;
