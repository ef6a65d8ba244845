//! `tim account delete`.

use clap::Args;
use tim_follow::account::Delete;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::output::Output;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::Deletes;
use crate::run::rows::{self, OnlyUser, ResultWord, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The data cannot be restored, so the command always asks for confirmation.

The key `result` is deleted or no_account.

Examples:
  tim account delete alice
  tim account delete --targets users.txt --dry-run
  tim account delete --targets users.txt --yes --out deleted.csv --resume delete.journal";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    users: UserList,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim account delete`.
pub(crate) type Row = TargetRow<ResultWord, OnlyUser>;

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { users, yes, bulk: args } = args;
    let job = Job {
        template: Delete::template(),
        from: String::new(),
        options: String::new(),
        source: users.users::<Delete>(args.input, Fields::default())?,
        show: rows::of_outcome(ResultWord::new),
        deletes: Some(Deletes { yes, noun: "account", action: "would be deleted with all data", without_question: 0 }),
        hint: Some("`tim account check` with the same users prints which accounts exist"),
    };
    bulk::run(session, out, job, &args).await
}
