//! `tim block`: changes and reads who blocks whom.

pub(crate) mod add;
pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod list;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{usage, users_usage};
use crate::output::Output;
use crate::run::export as lists;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim block add alice spammer
  tim block check alice bob --json | jq .from_blocks_to
  tim block list --targets users.txt --out blocks.csv
  tim block add --pairs blocks.csv --out blocked.csv --resume blocked.journal";

#[derive(Debug, Subcommand)]
pub(crate) enum Block {
    /// Make FROM block each TO; with --pairs, make `from` block `to` in each pair
    #[command(override_usage = usage("block add"), after_help = add::EXAMPLES)]
    Add(add::AddArgs),
    /// Make FROM unblock each TO; with --pairs, make `from` unblock `to` in each pair
    #[command(visible_alias = "unblock", override_usage = usage("block delete"), after_help = delete::EXAMPLES)]
    Delete(delete::DeleteArgs),
    /// List the users whom each USER blocks
    ///
    /// `tim block add --pairs` reads what this command writes.
    #[command(
        visible_alias = "export",
        override_usage = users_usage("block list [OPTIONS]"),
        after_help = lists::help(list::EXAMPLES)
    )]
    List(list::ListArgs),
    /// Check whether FROM and each TO block each other, or the users of each pair
    ///
    /// NO: FROM does not block TO; AWithB: FROM blocks TO; BWithA: only TO blocks FROM; BothWay:
    /// each blocks the other. The mode `single` does not read the list of TO, so its side is
    /// unknown.
    #[command(override_usage = usage("block check"), after_help = check::EXAMPLES)]
    Check(check::CheckArgs),
}

impl Block {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Add(args) => !args.bulk.dry_run,
            Self::Delete(args) => !args.bulk.dry_run,
            Self::List(_) | Self::Check(_) => false,
        }
    }
}

pub(crate) async fn run(command: Block, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Block::Add(args) => add::run(args, session, out).await,
        Block::Delete(args) => delete::run(args, session, out).await,
        Block::List(args) => list::run(args, session, out).await,
        Block::Check(args) => check::run(args, session, out).await,
    }
}
