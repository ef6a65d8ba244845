//! `tim follow counts`.

use clap::Args;
use tim_follow::follow;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{UserList, check_user};
use crate::input::retry::Retry;
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow counts alice bob
  tim follow counts --targets users.txt --output-format csv";

#[derive(Debug, Args)]
pub(crate) struct CountsArgs {
    #[command(flatten)]
    users: UserList,
    /// The user who asks; without it, the first USER
    #[arg(long, value_name = "USER")]
    from: Option<String>,
    #[command(flatten)]
    bulk: BulkArgs,
}

pub(super) async fn run(args: CountsArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CountsArgs { users, from, bulk: args } = args;
    if let Some(from) = &from {
        check_user("--from", from)?;
    }
    let source = users.source(from.as_deref(), Retry::targets_of::<follow::Counts>(), args.input)?;
    let job = Job {
        options: format!("from {:?}", from.as_deref().unwrap_or_default()),
        template: follow::Counts::pairs(),
        from: from.unwrap_or_default(),
        source,
        show: rows::counts,
        columns: &["followers", "following", "mutual"],
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
