//! `tim follow delete`.

use clap::Args;
use tim_follow::follow;

use super::UsersArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::args::Yes;
use crate::run::session::Session;
use crate::run::{self, Job, rows};

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow delete alice bob
  tim follow delete alice --targets users.txt --yes";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    users: UsersArgs,
    #[command(flatten)]
    yes: Yes,
}

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { users: UsersArgs { users, bulk }, yes } = args;
    let (from, source) = users.source::<follow::Delete>(bulk.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: follow::Delete::pairs(),
        from,
        source,
        show: rows::nothing,
        columns: &[],
        deletes: Some(yes),
    };
    run::run(session, out, job, &bulk).await
}
