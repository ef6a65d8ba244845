//! `tim friend delete`.

use clap::Args;
use tim_follow::friend::{Delete, DeleteType};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::Users;
use crate::output::Output;
use crate::run::args::{BulkArgs, Yes};
use crate::run::bulk::{self, Job};
use crate::run::confirm::{DELETES_WITHOUT_QUESTION, Deletes};
use crate::run::rows::{self, ResultWord, TargetRow};
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
FROM and TO are removed from the friend lists of each other, unless --one-way is given. If TO is not on the list of
FROM, the result is not_friends. The command asks for confirmation if there are more than 20 targets.

The key `result` is deleted or not_friends.

Examples:
  tim friend delete alice bob
  tim friend delete alice bob --one-way
  tim friend delete --pairs friends.csv --yes --out deleted.csv --resume deleted.journal";

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    users: Users,
    #[command(flatten)]
    sides: Sides,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pub(super) bulk: BulkArgs,
}

/// The friend lists that change.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
pub(super) struct Sides {
    /// Change the lists on both sides: each user loses the entry of the other (default)
    #[arg(long)]
    both: bool,
    /// Change only the friend list of FROM or USER: the others keep their entries
    #[arg(long)]
    one_way: bool,
}

impl Sides {
    /// The type on the wire.
    pub(super) fn kind(self) -> DeleteType {
        if self.one_way { DeleteType::SINGLE } else { DeleteType::BOTH }
    }
}

/// A row of `tim friend delete`.
pub(crate) type Row = TargetRow<ResultWord>;

pub(super) async fn run(args: DeleteArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let DeleteArgs { users, sides, yes, bulk: args } = args;
    let (from, source) = users.source::<Delete>(args.input)?;
    let job = Job {
        options: format!("from {from:?}, {}", sides.kind()),
        template: Delete::pairs(sides.kind()),
        from,
        source,
        show: rows::of_outcome(ResultWord::new),
        deletes: Some(Deletes {
            yes,
            noun: "friend",
            action: "would be deleted",
            without_question: DELETES_WITHOUT_QUESTION,
        }),
        hint: Some("`tim friend check` with the same targets prints who is still a friend"),
    };
    bulk::run(session, out, job, &args).await
}
