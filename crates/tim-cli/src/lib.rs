//! The command `tim` as a library, for its own tests and for tools of this workspace.
//!
//! Nothing here is stable: any release may change or remove it. To call the service from a program, use `tim-follow`.

mod bounded;
mod cli;
mod commands;
mod exit;
#[cfg(test)]
mod help_tests;
mod input;
mod output;
mod run;
mod settings;
mod suggest;
mod text;
mod time;

pub use cli::main;
