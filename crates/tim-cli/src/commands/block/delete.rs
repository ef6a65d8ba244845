//! `tim block delete`.

use clap::Args;
use tim_follow::block::Delete;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::output::Output;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::{DELETES_WITHOUT_QUESTION, Deletes};
use crate::run::rows::{self, NoDetails, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A user who is not blocked is rejected with 30001. So is a user who was unblocked by a call whose response was lost.
`tim block check` prints who is blocked. If a block ended a friendship, the friendship does not come back. The command
asks for confirmation if there are more than 20 targets.

Examples:
  tim block delete alice bob
  tim block delete --pairs blocks.csv --yes --out unblocked.csv --resume unblocked.journal";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    users: Users,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim block delete`.
pub(crate) type Row = TargetRow<NoDetails>;

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { users, yes, bulk: args } = args;
    let (from, source) = users.source::<Delete>(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: Delete::pairs(),
        from,
        source,
        show: rows::of_outcome(NoDetails::new),
        deletes: Some(Deletes { yes, noun: "block", action: "would end", without_question: DELETES_WITHOUT_QUESTION }),
        hint: Some("`tim block check` with the same targets prints who blocks whom"),
    };
    bulk::run(session, out, job, &args).await
}
