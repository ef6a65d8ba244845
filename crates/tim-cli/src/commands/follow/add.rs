//! `tim follow add`.

use tim_follow::follow;

use super::UsersArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, NoDetails, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow add alice bob carol
  tim follow add alice --targets users.txt
  tim follow add --pairs pairs.csv --out added.csv --resume added.journal
  tim follow add --pairs pairs.csv --dry-run";

/// A row of `tim follow add`.
pub(crate) type Row = TargetRow<NoDetails>;

pub(super) async fn run(args: UsersArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let UsersArgs { users, bulk: args } = args;
    let (from, source) = users.source::<follow::Add>(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: follow::Add::pairs(),
        from,
        source,
        show: rows::of_outcome(NoDetails::new),
        deletes: None,
        hint: Some("`tim follow check` with the same targets prints which follows exist"),
    };
    bulk::run(session, out, job, &args).await
}
