//! `tim account kick`.

use clap::Args;
use tim_follow::account::Kick;
use tim_follow::{Each, UserId};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::UserList;
use crate::input::fields::Fields;
use crate::input::from_line::FromLine;
use crate::output::Output;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::{DELETES_WITHOUT_QUESTION, Deletes};
use crate::run::rows::{self, NoDetails, OnlyUser, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
The UserSigs that the user has are invalid afterwards. The user needs a new one to log in again. The command asks for
confirmation if there are more than 20 users.

If the response of a call is lost, the outcome of its user is unknown. The call is not retried, because the user may
have logged in again in the meantime. --retry-failed sends it again.
Examples:
  tim account kick alice
  tim account kick --targets users.txt --yes --out kicked.csv --resume kick.journal";

#[derive(Debug, Args)]
pub(crate) struct KickArgs {
    #[command(flatten)]
    users: UserList,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// A row of `tim account kick`.
pub(crate) type Row = TargetRow<NoDetails, OnlyUser>;

impl FromLine for Kick {
    fn from_line(user: UserId, _: &Fields) -> Result<Self, String> {
        Ok(Self::new(user))
    }
}

pub(super) async fn run(args: KickArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let KickArgs { users, yes, bulk: args } = args;
    let (action, without_question) = ("would be logged out on all devices", DELETES_WITHOUT_QUESTION);
    let job = Job {
        template: Each::<Kick>::template(),
        from: String::new(),
        options: String::new(),
        source: users.users::<Each<Kick>>(args.input, Fields::default())?,
        show: rows::of_outcome(|_| NoDetails {}),
        deletes: Some(Deletes { yes, noun: "user", action, without_question }),
        hint: Some("`tim account status` with the same users prints who is online"),
    };
    bulk::run(session, out, job, &args).await
}
