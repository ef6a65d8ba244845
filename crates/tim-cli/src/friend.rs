//! `tim friend`: who has whom as a friend.

use clap::{Args, Subcommand, ValueEnum};
use tim_follow::Client;
use tim_follow::friend::{Check, CheckMode};

use crate::exit::{Failure, Verdict};
use crate::output::Output;
use crate::targets;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim friend check alice bob carol
  tim friend check alice bob --mode single --json | jq .from_has_to";

#[derive(Debug, Subcommand)]
pub(crate) enum Friend {
    /// Whether FROM and each TO are friends, up to 1000 of them
    ///
    /// NoRelation: FROM does not have TO; AWithB: FROM has TO; BWithA: only TO has FROM; BothWay: each has the other.
    /// In the mode `single` the list of TO is not looked at, so its side is unknown.
    #[command(after_help = EXAMPLES)]
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The user whose friends are asked
    from: String,
    /// The users to look for
    #[arg(required = true)]
    to: Vec<String>,
    /// Whose friend lists to look at
    #[arg(long, value_enum, default_value_t = Mode::Both)]
    mode: Mode,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Only that of FROM
    Single,
    /// That of FROM and that of each TO
    Both,
}

pub(crate) async fn run(command: Friend, client: &Client, out: &mut Output) -> Result<Verdict, Failure> {
    let Friend::Check(CheckArgs { from, to, mode }) = command;
    let mode = match mode {
        Mode::Single => CheckMode::SINGLE,
        Mode::Both => CheckMode::BOTH,
    };
    let show = targets::friendship(mode.clone());
    targets::run(client, out, &from, Check::new(from.as_str(), to, mode), show).await
}
