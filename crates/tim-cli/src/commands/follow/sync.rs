//! `tim follow sync`: makes users follow exactly the users of a file.

mod groups;
mod row;
mod work;

use std::path::PathBuf;

use clap::Args;
use tim_follow::Endpoint as _;
use tim_follow::UserId;
use tim_follow::follow::{Add, Delete, List};

use self::row::Rows;
use self::work::{Options, SyncWork};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::{InputArgs, check_user};
use crate::input::estimate::BatchShape;
use crate::input::preflight::Preflight;
use crate::input::reading::{Header, InputFormat, Kind};
use crate::input::source::Source;
use crate::output::sink::SinkArgs;
use crate::output::{Output, note};
use crate::run::args::Yes;
use crate::run::begin::{Begin, Plan};
use crate::run::pace::PaceArgs;
use crate::run::session::Session;

pub(crate) use self::row::{ChangeRow, PlannedRow};

/// The two ways to name users.
pub(super) const USAGE: &str = "\
tim follow sync [OPTIONS] <USER> --from <FILE>
       tim follow sync [OPTIONS] --pairs <FILE>";

pub(crate) const EXAMPLES: &str = "\
The file must be complete and valid: a user who is missing from it is unfollowed. So one bad line stops the command
before it changes anything. With --pairs, the pairs of a user must be in consecutive lines, and users are processed
one by one.
Examples:
  tim follow sync alice --from users.txt --plan
  tim follow sync alice --from users.txt --max-delete-share 0.5 --yes
  tim follow sync --pairs follows.csv --yes --out changes.csv --resume changes.journal";

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// The user whose follows change
    #[arg(required_unless_present = "pairs", conflicts_with = "pairs")]
    user: Option<String>,
    /// The file with the users whom USER will follow, one per line; - is standard input
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "pairs",
        conflicts_with = "pairs",
        help_heading = "Input"
    )]
    from: Option<PathBuf>,
    /// The file with pairs of users, from,to: each user in `from` will follow exactly the users in
    /// `to`
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pairs: Option<PathBuf>,
    /// The format of the file [default: detected from its first line]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Input")]
    input_format: Option<InputFormat>,
    /// Whether the first line of CSV is a header with the names of the columns
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        help_heading = "Input"
    )]
    header: Header,
    /// Only print what would change
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// The maximum share of the follows of a user that may end, 0.0 to 1.0; protects against an
    /// incomplete file
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    max_delete_share: f64,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    sink: SinkArgs,
    #[command(flatten)]
    pace: PaceArgs,
}

impl SyncArgs {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        !self.plan
    }

    /// How the file is read. A bad line is always an error.
    fn input(&self, strict: bool) -> InputArgs {
        InputArgs { input_format: self.input_format, header: self.header, strict }
    }

    fn source(&self) -> Result<Source, Failure> {
        if let Some(path) = &self.pairs {
            return Ok(Source::File(self.input(true).file(path.clone(), "--pairs", Kind::Pairs, None)));
        }
        let user = self.user.as_deref().unwrap_or_default();
        check_user("USER", user)?;
        let path = self.from.clone().unwrap_or_default();
        Ok(Source::File(self.input(true).file(path, "--from", Kind::Targets(Some(user.into())), None)))
    }
}

const HINT: &str = "`tim follow sync --plan` with the same file prints what is still different";

pub(crate) async fn run(args: SyncArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let source = args.source()?;
    args.sink.check(source.path())?;
    // A pipe is read to its end before anything changes, so bad lines are found there too.
    let strict = source.is_repeatable();
    let preflight = Preflight::read::<UserId>(&source, args.input(strict), false, BatchShape::SINGLE, |why| note(why))?;
    if args.pairs.is_some() {
        groups::check(&source)?;
        if !args.plan && !args.yes.yes {
            return Err(Failure::usage(
                "nothing was sent: this command can end follows; add --yes to confirm, or --plan to see the changes",
            ));
        }
    }
    let pace = session.pace(&args.pace)?;
    let plan = Plan {
        session,
        source: &source,
        preflight,
        sink: &args.sink,
        pace: &pace,
        commands: &[Add::COMMAND, Delete::COMMAND, List::COMMAND],
        calls_per_second: pace.calls_per_second::<Add>(),
        options: format!("sync {:?}, plan {}, share {}", args.user, args.plan, args.max_delete_share),
        noun: "target",
        hint: (!args.plan).then_some(HINT),
        fail_fast: false,
    };
    let rows = Rows { plan: args.plan, shows_from: args.pairs.is_some() };
    let mut begun = match plan.begin(out, &rows.header())? {
        Begin::Finished(ended) => return Ok(ended.status),
        Begin::Started(begun) => begun,
    };
    let options = Options {
        rows,
        max_delete_share: args.max_delete_share,
        only_user: args.user.as_deref().map(UserId::from),
        asks: !args.yes.yes,
    };
    let start = begun.run.core.checkpoint().input_state();
    let mut work = SyncWork::new(begun.client.clone(), &mut begun.pairs, options, start);
    let loop_end = begun.run.drive(&mut work).await?;
    drop(work);
    Ok(begun.conclude(loop_end)?.status)
}

/// Parses a share. A percentage is out of range.
fn share(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or("write a share from 0.0 to 1.0")
}
