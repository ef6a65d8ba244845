//! `tim follow check`.

use tim_follow::follow;

use super::UsersArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::bulk::{self, Job};
use crate::run::rows;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
A follower follows FROM; FROM is following the others.

Examples:
  tim follow check alice bob carol
  tim follow check alice bob --json | jq -r .relation
  tim follow check alice --targets users.txt --output-format csv
  tim follow check --pairs pairs.csv --out relations.ndjson --resume relations.journal
  zcat pairs.csv.gz | tim follow check --pairs - --json";

pub(super) async fn run(args: UsersArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let UsersArgs { users, bulk: args } = args;
    let (from, source) = users.source(args.input)?;
    let job = Job {
        options: format!("from {from:?}"),
        template: follow::Check::pairs(),
        from,
        source,
        show: rows::relation,
        columns: &["relation", "follow_type"],
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
