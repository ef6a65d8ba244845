//! `tim follow counts`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::{self, Counters};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{UserList, check_user};
use crate::input::retry::Retry;
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow counts alice bob
  tim follow counts --targets users.txt --output-format csv";

#[derive(Debug, Args)]
pub(crate) struct CountsArgs {
    #[command(flatten)]
    users: UserList,
    /// The user in From_Account [default: the first USER]
    #[arg(long, value_name = "USER")]
    from: Option<String>,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim follow counts`.
pub(crate) type Row = TargetRow<CountersOf>;

/// The counters of a user.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct CountersOf {
    /// The number of users who follow `to`.
    followers: Option<u64>,
    /// The number of users whom `to` follows.
    following: Option<u64>,
    /// The number of users who follow `to` and whom `to` follows.
    mutual: Option<u64>,
}

impl CountersOf {
    pub(crate) fn new(counters: &Counters) -> Self {
        let Counters { followers, following, mutual, .. } = *counters;
        Self { followers: Some(followers), following: Some(following), mutual: Some(mutual) }
    }
}

impl Details for CountersOf {
    fn cells(&self) -> Cells {
        let cells = [("followers", self.followers), ("following", self.following), ("mutual", self.mutual)];
        cells.into_iter().filter_map(|(name, count)| Some((name, count?.to_string()))).collect()
    }
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
        show: rows::of_outcome(CountersOf::new),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
