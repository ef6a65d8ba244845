//! `tim block add`.

use clap::Args;
use tim_follow::block::Add;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, ResultWord, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A block ends the friendship of the two users, unless a switch in the console prevents it. A user can block 1000 others.

The key `result` is blocked or already_blocked.

Examples:
  tim block add alice bob carol
  tim block add alice --targets users.txt
  tim block add --pairs blocks.csv --out blocked.csv --resume blocked.journal";

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    users: Users,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim block add`.
pub(crate) type Row = TargetRow<ResultWord>;

pub(super) async fn run(args: AddArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let AddArgs { users, bulk: args } = args;
    let (from, source) = users.source::<Add>(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: Add::pairs(),
        from,
        source,
        show: rows::of_outcome(ResultWord::new),
        deletes: None,
        hint: Some("`tim block check` with the same targets prints who blocks whom"),
    };
    bulk::run(session, out, job, &args).await
}
