//! `tim friend clear`.

use clap::Args;
use tim_follow::friend::{DeleteAll, DeleteType};
use tim_follow::{Each, Endpoint as _, UserId};

use super::delete::Sides;
use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::{Fields, problem};
use crate::input::from_line::FromLine;
use crate::output::Output;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::Deletes;
use crate::run::rows::{self, NoDetails, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The command always asks for confirmation: remarks, groups and custom fields of the friends are lost. Export them before
with `tim friend list`. The users are also removed from the friend lists of the others, unless --one-way is given. The
service does not report who was a friend.

Examples:
  tim friend clear alice
  tim friend clear alice bob --one-way --yes
  tim friend clear --targets users.txt --yes --out cleared.csv";

#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    users: UserList,
    #[command(flatten)]
    sides: Sides,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim friend clear`.
pub(crate) type Row = TargetRow<NoDetails, OnlyUser>;

/// The type of all requests. It is not a column of a file.
const KIND: &str = "delete_type";

impl FromLine for DeleteAll {
    fn from_line(user: UserId, fields: &Fields) -> Result<Self, String> {
        let mut request = Self::single(user);
        request.kind = fields.text(KIND)?.map(DeleteType::from).unwrap_or_default();
        request.validate().map_err(|error| problem(&error))?;
        Ok(request)
    }
}

pub(super) async fn run(args: ClearArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let ClearArgs { users, sides, yes, bulk: args } = args;
    let fields = Fields::default().with(KIND, Some(sides.kind().as_str()));
    let job = Job {
        template: Each::<DeleteAll>::template(),
        from: String::new(),
        options: sides.kind().to_string(),
        source: users.users::<Each<DeleteAll>>(args.input, fields)?,
        show: rows::of_target(|_, _| NoDetails {}),
        // The fields of the entries cannot be restored.
        deletes: Some(Deletes { yes, noun: "friend list", action: "would be emptied", without_question: 0 }),
        hint: Some("`tim friend list` with the same users prints which friends are left"),
    };
    bulk::run(session, out, job, &args).await
}
