//! `tim friend`: checks who is a friend of whom.

pub(crate) mod check;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::usage;
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim friend check alice bob carol
  tim friend check alice bob --mode single --json | jq .from_has_to
  tim friend check --pairs pairs.csv --out friends.ndjson --resume friends.journal";

#[derive(Debug, Subcommand)]
pub(crate) enum Friend {
    /// Check whether FROM and each TO are friends, or the users of each pair
    ///
    /// NoRelation: FROM does not have TO; AWithB: FROM has TO; BWithA: only TO has FROM; BothWay:
    /// each has the other. The mode `single` does not read the list of TO, so its side is unknown.
    #[command(override_usage = usage("friend check"), after_help = EXAMPLES)]
    Check(check::CheckArgs),
}

pub(crate) async fn run(command: Friend, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Friend::Check(args) => check::run(args, session, out).await,
    }
}
