//! Arguments that runs share.

use std::num::NonZeroU32;

use clap::Args;

use super::pace::{PaceArgs, at_least_one};
use crate::input::args::InputArgs;
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
    /// The maximum number of entries of each user [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<NonZeroU32>,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) sink: SinkArgs,
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
}

/// The confirmation of a command that ends follows.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Yes {
    /// Do not ask for confirmation before more than 20 follows end. Required if there is no
    /// terminal
    #[arg(long)]
    pub(crate) yes: bool,
}
