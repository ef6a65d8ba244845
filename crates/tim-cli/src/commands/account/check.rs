//! `tim account check`.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::account::{Check, Status};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::output::Output;
use crate::output::row::Cells;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows::{self, Details, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The key `status` is imported or not_imported. A user without an account is not an error. The service cannot list the
accounts of an app: the users come from your own data.

Examples:
  tim account check alice bob
  tim account check --targets users.txt --json | jq -r 'select(.status == \"not_imported\").user'";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    users: UserList,
    #[command(flatten)]
    bulk: BulkArgs,
}

/// A row of `tim account check`.
pub(crate) type Row = TargetRow<Checked, OnlyUser>;

/// Whether a user has an account.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// `imported`, `not_imported`, or another value as the service sent it; null if the outcome is
    /// not `done`.
    status: Option<String>,
    /// Whether the value is known, so that the summary counts it.
    #[serde(skip)]
    is_known: bool,
}

impl Checked {
    fn new(status: &Status) -> Self {
        let known = status.is_imported().map(|is_imported| if is_imported { "imported" } else { "not_imported" });
        Self { status: Some(known.unwrap_or(status.as_str()).to_owned()), is_known: known.is_some() }
    }
}

impl Details for Checked {
    fn cells(&self) -> Cells {
        self.status.iter().map(|status| ("status", status.clone())).collect()
    }

    fn result(&self) -> Option<&str> {
        self.status.as_deref().filter(|_| self.is_known)
    }
}

pub(super) async fn run(args: CheckArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CheckArgs { users, bulk: args } = args;
    let job = Job {
        template: Check::template(),
        from: String::new(),
        options: String::new(),
        source: users.users::<Check>(args.input, Fields::default())?,
        show: rows::of_outcome(Checked::new),
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
