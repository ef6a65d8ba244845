//! `tim follow`: changes and reads who follows whom.

pub(crate) mod add;
pub(crate) mod check;
pub(crate) mod counts;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod graph;
pub(crate) mod list;
pub(crate) mod sync;

use clap::{Args, Subcommand};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{Users, usage, users_usage};
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::export as lists;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow add alice bob carol
  tim follow list alice --kind followers
  tim follow check --pairs pairs.csv --out relations.ndjson --resume relations.journal
  tim follow graph alice --out alice.svg";

#[derive(Debug, Subcommand)]
pub(crate) enum Follow {
    /// Make FROM follow each TO; with --pairs, make `from` follow `to` in each pair
    #[command(
        override_usage = usage("follow add"),
        after_help = add::EXAMPLES
    )]
    Add(UsersArgs),
    /// Make FROM unfollow each TO; with --pairs, make `from` unfollow `to` in each pair
    #[command(
        visible_alias = "unfollow",
        override_usage = usage("follow delete"),
        after_help = delete::EXAMPLES
    )]
    Delete(delete::DeleteArgs),
    /// Check whether FROM and each TO follow each other: none, follower, following or mutual
    #[command(
        override_usage = usage("follow check"),
        after_help = check::EXAMPLES
    )]
    Check(UsersArgs),
    /// List the followers of each USER, the users it follows, or its mutual follows
    #[command(override_usage = users_usage("follow list [OPTIONS] --kind <KIND>"), after_help = lists::help(list::EXAMPLES))]
    List(list::ListArgs),
    /// Write whom each USER follows, as `tim follow add --pairs` reads it
    #[command(override_usage = users_usage("follow export [OPTIONS]"), after_help = export::EXAMPLES)]
    Export(list::ListsArgs),
    /// Count the followers, the followed users and the mutual follows of each USER
    #[command(override_usage = users_usage("follow counts [OPTIONS]"), after_help = counts::EXAMPLES)]
    Counts(counts::CountsArgs),
    /// Make one user, or many users, follow exactly the users of a file
    #[command(override_usage = sync::USAGE, after_help = sync::EXAMPLES)]
    Sync(sync::SyncArgs),
    /// Draw a picture of who follows whom around each USER
    #[command(after_help = graph::HELP)]
    Graph(graph::GraphArgs),
}

impl Follow {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Add(args) => !args.bulk.dry_run,
            Self::Delete(args) => !args.users.bulk.dry_run,
            Self::Sync(args) => args.changes_data(),
            Self::Check(_) | Self::List(_) | Self::Export(_) | Self::Counts(_) | Self::Graph(_) => false,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct UsersArgs {
    #[command(flatten)]
    users: Users,
    #[command(flatten)]
    bulk: BulkArgs,
}

pub(crate) async fn run(command: Follow, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Follow::Add(args) => add::run(args, session, out).await,
        Follow::Delete(args) => delete::run(args, session, out).await,
        Follow::Check(args) => check::run(args, session, out).await,
        Follow::Counts(args) => counts::run(args, session, out).await,
        Follow::List(args) => list::run(args, session, out).await,
        Follow::Export(args) => export::run(args, session, out).await,
        Follow::Sync(args) => sync::run(args, session, out).await,
        Follow::Graph(args) => graph::run(args, session, out).await,
    }
}
