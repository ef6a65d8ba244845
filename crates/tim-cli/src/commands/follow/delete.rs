//! `tim follow delete`.

use clap::Args;
use tim_follow::follow;

use super::UsersArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::args::Yes;
use crate::run::bulk::{self, Job};
use crate::run::confirm::{DELETES_WITHOUT_QUESTION, Deletes};
use crate::run::rows::{self, NoDetails, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow delete alice bob
  tim follow delete alice --targets users.txt --yes";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(super) users: UsersArgs,
    #[command(flatten)]
    yes: Yes,
}

/// A row of `tim follow delete`.
pub(crate) type Row = TargetRow<NoDetails>;

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { users: UsersArgs { users, bulk: args }, yes } = args;
    let (from, source) = users.source::<follow::Delete>(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: follow::Delete::pairs(),
        from,
        source,
        show: rows::of_outcome(NoDetails::new),
        deletes: Some(Deletes { yes, noun: "follow", action: "would end", without_question: DELETES_WITHOUT_QUESTION }),
        hint: Some("`tim follow check` with the same targets prints which follows still exist"),
    };
    bulk::run(session, out, job, &args).await
}
