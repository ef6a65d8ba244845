//! `tim follow`: who follows whom.

pub(crate) mod graph;
pub(crate) mod list;
pub(crate) mod profile;
mod sync;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tim_follow::follow;

use crate::exit::{Failure, Verdict};
use crate::input::source::Source;
use crate::output::Output;
use crate::run::rows;
use crate::run::session::Session;
use crate::run::{self, BulkArgs, Job, Kind, Users, Yes};

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow add alice bob carol
  tim follow list alice --kind followers
  tim follow check --pairs pairs.csv --out relations.ndjson --resume relations.journal
  tim follow graph alice --out alice.svg";

#[derive(Debug, Subcommand)]
pub(crate) enum Follow {
    /// FROM follows each TO, or the first user of each pair the second
    #[command(
        override_usage = run::usage("follow add"),
        after_help = "Examples:\n  tim follow add alice bob carol\n  \
                            tim follow add alice --targets users.txt\n  \
                            tim follow add --pairs pairs.csv --out added.csv --resume added.journal\n  \
                            tim follow add --pairs pairs.csv --dry-run"
    )]
    Add(UsersArgs),
    /// FROM unfollows each TO, or the first user of each pair the second
    #[command(
        override_usage = run::usage("follow delete"),
        after_help = "Examples:\n  tim follow delete alice bob\n  \
                            tim follow delete alice --targets users.txt --yes"
    )]
    Delete(DeleteArgs),
    /// How FROM stands to each TO, or the users of each pair: none, follower, following or mutual
    #[command(
        override_usage = run::usage("follow check"),
        after_help = "A follower follows FROM; FROM is following the others.\n\n\
                            Examples:\n  tim follow check alice bob carol\n  \
                            tim follow check alice bob --json | jq -r .relation\n  \
                            tim follow check alice --targets users.txt --output-format csv\n  \
                            tim follow check --pairs pairs.csv --out relations.ndjson --resume relations.journal\n  \
                            zcat pairs.csv.gz | tim follow check --pairs - --json"
    )]
    Check(UsersArgs),
    /// The followers of each USER, the users it follows, or those who are both
    #[command(after_help = list::EXAMPLES)]
    List(list::ListArgs),
    /// How many followers, followed and mutual users each USER has
    #[command(after_help = "Examples:\n  tim follow counts alice bob\n  \
                            tim follow counts --targets users.txt --output-format csv")]
    Counts(CountsArgs),
    /// Make USER follow exactly the users of a file
    #[command(after_help = sync::EXAMPLES)]
    Sync(sync::SyncArgs),
    /// Draw who follows whom around each USER into a file
    #[command(after_help = graph::HELP)]
    Graph(graph::GraphArgs),
}

impl Follow {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        match self {
            Self::Add(_) | Self::Delete(_) => true,
            Self::Sync(args) => args.changes_data(),
            Self::Check(_) | Self::List(_) | Self::Counts(_) | Self::Graph(_) => false,
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

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    users: UsersArgs,
    #[command(flatten)]
    yes: Yes,
}

#[derive(Debug, Args)]
pub(crate) struct CountsArgs {
    /// Whose numbers
    #[arg(required_unless_present = "targets", conflicts_with = "targets", value_name = "USER")]
    users: Vec<String>,
    /// Take the users from a file, one to a line; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    targets: Option<PathBuf>,
    /// The user who asks; without it, the first USER
    #[arg(long, value_name = "USER")]
    from: Option<String>,
    #[command(flatten)]
    bulk: BulkArgs,
}

pub(crate) async fn run(command: Follow, session: &Session, out: &mut Output) -> Result<Verdict, Failure> {
    match command {
        Follow::Add(UsersArgs { users, bulk }) => {
            let (from, source) = users.source(bulk.input)?;
            let options = format!("from {from:?}");
            let (template, show) = (follow::Add::pairs(), rows::nothing);
            run::run(session, out, Job { template, from, options, source, show, columns: &[], deletes: None }, &bulk)
                .await
        }
        Follow::Delete(DeleteArgs { users: UsersArgs { users, bulk }, yes }) => {
            let (from, source) = users.source(bulk.input)?;
            let options = format!("from {from:?}");
            let (template, show, deletes) = (follow::Delete::pairs(), rows::nothing, Some(yes));
            run::run(session, out, Job { template, from, options, source, show, columns: &[], deletes }, &bulk).await
        }
        Follow::Check(UsersArgs { users, bulk }) => {
            let (from, source) = users.source(bulk.input)?;
            let options = format!("from {from:?}");
            let (template, show, columns) = (follow::Check::pairs(), rows::relation, &["relation", "follow_type"]);
            run::run(session, out, Job { template, from, options, source, show, columns, deletes: None }, &bulk).await
        }
        Follow::Counts(args) => counts(args, session, out).await,
        Follow::List(args) => list::run(args, session, out).await,
        Follow::Sync(args) => sync::run(args, session, out).await,
        Follow::Graph(args) => graph::run(args, session, out).await,
    }
}

async fn counts(args: CountsArgs, session: &Session, out: &mut Output) -> Result<Verdict, Failure> {
    let CountsArgs { users, targets, from, bulk } = args;
    if let Some(from) = &from {
        run::check_user("--from", from)?;
    }
    let source = match targets {
        Some(path) => {
            let kind = Kind::Targets(from.as_deref().map(Into::into));
            Source::File { path, kind, format: bulk.input.input_format }
        }
        None => Source::Arguments(run::arguments(from.as_ref().unwrap_or(&users[0]), users.clone())?),
    };
    let job = Job {
        options: format!("from {:?}", from.as_deref().unwrap_or_default()),
        template: follow::Counts::pairs(),
        from: from.unwrap_or_default(),
        source,
        show: rows::counts,
        columns: &["followers", "following", "mutual"],
        deletes: None,
    };
    run::run(session, out, job, &bulk).await
}
