//! Arguments that runs share.

use std::num::NonZeroU32;

use clap::{Args, ValueEnum};

use super::pace::{PaceArgs, at_least_one};
use crate::input::args::{InputArgs, UserList};
use crate::output::sink::SinkArgs;

/// Arguments of all commands with many targets.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    /// Stop after the first target that is not done. Calls in flight are completed
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Print the number of targets and calls and their duration. Sends nothing and needs no key
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(super) sink: SinkArgs,
    #[command(flatten)]
    pub(super) pace: PaceArgs,
}

/// Arguments of all commands that read lists.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(super) users: UserList,
    /// Start the list at this position: the cursor in a row or an error message. Needs exactly one
    /// USER
    #[arg(long, value_name = "CURSOR", conflicts_with_all = ["targets", "retry_failed", "resume"])]
    pub(super) cursor: Option<String>,
    /// The maximum number of entries of each user [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(super) limit: Option<NonZeroU32>,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) sink: SinkArgs,
    #[command(flatten)]
    pub(super) pace: PaceArgs,
}

impl ExportArgs {
    /// The maximum number of entries of each user; 0 for all.
    pub(crate) fn limit(&self) -> u32 {
        self.limit.map_or(0, NonZeroU32::get)
    }
}

/// The confirmation of a command that deletes data.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Yes {
    /// Do not ask for confirmation. Required without a terminal if the command would ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// The lists that a check of a relation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckedLists {
    /// The list of FROM
    Single,
    /// The lists of FROM and of each TO
    Both,
}
