//! `tim follow counts`.

use std::path::PathBuf;

use clap::Args;
use tim_follow::follow;

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{arguments, check_user};
use crate::input::record::Kind;
use crate::input::source::Source;
use crate::output::Output;
use crate::run::args::BulkArgs;
use crate::run::bulk::{self, Job};
use crate::run::rows;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  tim follow counts alice bob
  tim follow counts --targets users.txt --output-format csv";

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

pub(super) async fn run(args: CountsArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CountsArgs { users, targets, from, bulk: args } = args;
    if let Some(from) = &from {
        check_user("--from", from)?;
    }
    let source = match targets {
        Some(path) => {
            let kind = Kind::Targets(from.as_deref().map(Into::into));
            Source::File { path, kind, format: args.input.input_format }
        }
        None => Source::Arguments(arguments(from.as_ref().unwrap_or(&users[0]), users.clone())?),
    };
    let job = Job {
        options: format!("from {:?}", from.as_deref().unwrap_or_default()),
        template: follow::Counts::pairs(),
        from: from.unwrap_or_default(),
        source,
        show: rows::counts,
        columns: &["followers", "following", "mutual"],
        deletes: None,
        hint: None,
    };
    bulk::run(session, out, job, &args).await
}
