//! The program as people and scripts meet it: arguments in; output, messages and exit codes out.
#![allow(clippy::unwrap_used)]

mod bulk;
mod commands;
mod demo;
mod emulator;
mod program;
mod resume;
mod settings;
mod usersig;
