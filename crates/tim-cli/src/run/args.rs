//! Arguments of all bulk commands.

use clap::Args;

use super::pace::PaceArgs;
use crate::input::args::InputArgs;
use crate::output::sink::SinkArgs;

/// What all bulk commands are told.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(super) sink: SinkArgs,
    #[command(flatten)]
    pub(super) pace: PaceArgs,
    /// Say how many targets and calls there are and how long they take, and send nothing; needs no key
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// The answer to a question that is not asked then.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Yes {
    /// Do not ask before more than 20 follows end; needed where no terminal can be asked
    #[arg(long)]
    pub(crate) yes: bool,
}
