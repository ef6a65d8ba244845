//! Arguments that runs share.

use std::num::NonZeroU32;

use clap::Args;

use super::pace::PaceArgs;
use crate::input::args::InputArgs;
use crate::output::sink::SinkArgs;

/// Arguments of all commands with many targets.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(super) sink: SinkArgs,
    #[command(flatten)]
    pub(super) pace: PaceArgs,
    /// Stop after the first target that is not done. Calls in flight still end
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Print the number of targets, of calls, and the time they take; sends nothing and needs no key
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of all commands that read lists.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The most entries of each user [default: all]
    #[arg(long, value_name = "N")]
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
    /// Do not ask before more than 20 follows end; needed where no terminal can be asked
    #[arg(long)]
    pub(crate) yes: bool,
}
