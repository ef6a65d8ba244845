//! `tim follow export`: the lists of kind `following`.

use tim_follow::follow::ListKind;

use super::list::{self, ListsArgs};
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The rows are those of `tim follow list --kind following`. A row without `to` is about the list itself.

Examples:
  tim follow export alice bob --out follows.csv
  tim follow export --targets users.txt --out follows.ndjson.gz --resume follows.journal
  tim follow add --pairs follows.ndjson.gz --profile other-app
  tim diff follows.ndjson.gz follows-of-other-app.csv";

pub(super) async fn run(args: ListsArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    list::read(args, ListKind::FOLLOWING, session, out).await
}
