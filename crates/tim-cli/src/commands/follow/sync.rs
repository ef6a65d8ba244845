//! `tim follow sync`: a user follows exactly the users of a file.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::{Add, Delete, List};
use tim_follow::{Batch, BatchReport, Endpoint, SyncPlan, TooManyDeletes, UserId};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::{InputArgs, check_user};
use crate::input::bad_lines::BadLines;
use crate::input::error::InputError;
use crate::input::reading::{Header, InputFormat, Kind};
use crate::input::source::{Record, Source};
use crate::output::row::Cells;
use crate::output::{Output, note, row};
use crate::run;
use crate::run::args::Yes;
use crate::run::confirm::{self, DELETES_WITHOUT_QUESTION};
use crate::run::pace::PaceArgs;
use crate::run::progress::{Meter, Progress};
use crate::run::rows::{Details, TargetRow};
use crate::run::session::Session;
use crate::run::summary::{Counted, Summary};

pub(crate) const EXAMPLES: &str = "\
One bad line in the file stops all of it: a user who is left out would be unfollowed.

Examples:
  tim follow sync alice --from users.txt --plan
  tim follow sync alice --from users.txt --max-delete-share 0.5 --yes";

#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// Whose follows
    user: String,
    /// The users to be followed, one to a line; - is standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// How the file is written; recognised from its first line unless given
    #[arg(long, value_enum, value_name = "FORMAT")]
    input_format: Option<InputFormat>,
    /// Whether the first line of CSV is a header with the names of the columns
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    header: Header,
    /// Only say what would change
    #[arg(long)]
    plan: bool,
    /// At most this share of the follows may end, 0.0 to 1.0; an incomplete file would else unfollow everybody
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    max_delete_share: f64,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    pace: PaceArgs,
}

/// A row of `tim follow sync`.
pub(crate) type Row = TargetRow<Changed>;

/// A change to the follows of a user.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Change {
    #[default]
    Follow,
    Unfollow,
}

impl Change {
    fn cells(self) -> Cells {
        let name = match self {
            Self::Follow => "follow",
            Self::Unfollow => "unfollow",
        };
        vec![("change", name.to_owned())]
    }
}

#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub(crate) struct Changed {
    /// The change to the follows of `from`.
    change: Change,
}

impl Details for Changed {
    fn cells(&self) -> Cells {
        self.change.cells()
    }
}

/// A row of `tim follow sync --plan`: a change that would be made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PlannedRow {
    /// The command of the service that makes the change.
    command: &'static str,
    /// The user whose follows change.
    from: String,
    /// The user who would be followed or unfollowed.
    to: String,
    /// The change to the follows of `from`.
    change: Change,
}

impl row::Row for PlannedRow {
    fn cells(&self) -> Cells {
        let mut cells = vec![("to", self.to.clone())];
        cells.extend(self.change.cells());
        cells
    }
}

impl SyncArgs {
    /// Whether it sends calls that change data of the app.
    pub(crate) fn changes_data(&self) -> bool {
        !self.plan
    }
}

pub(crate) async fn run(args: SyncArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    check_user("USER", &args.user)?;
    let wanted = wanted(&args)?;
    let meter = Arc::new(Meter::default());
    let commands = [Add::COMMAND, Delete::COMMAND, List::COMMAND];
    let client = session.bulk_client(&args.pace.resolve(session)?, &commands, meter.clone(), true)?;
    let progress = || {
        let shown = session.shows_progress(false);
        Progress::new(None, None, meter.clone(), shown, run::now()).of("calls")
    };
    let plan = progress().watch(client.plan_follows(args.user.as_str(), wanted)).await?;
    note(format_args!("tim: {plan}"));
    if args.plan {
        print_plan(&plan, out)?;
        plan.check(args.max_delete_share)?;
        return Ok(ExitStatus::Done);
    }
    plan.check(args.max_delete_share)?;
    if plan.delete.len() as u64 > DELETES_WITHOUT_QUESTION && !args.yes.yes {
        confirm::ask(&plan.delete.len().to_string(), "--plan")?;
    }
    let report = progress().watch(client.apply_follows(plan, args.max_delete_share)).await?;
    let mut summary = Summary::default();
    print_report(&report.deleted, Change::Unfollow, &mut summary, out)?;
    print_report(&report.added, Change::Follow, &mut summary, out)?;
    summary.reasons().for_each(|reason| note(format_args!("tim: {reason}")));
    if !session.quiet {
        note(format_args!("tim: {summary}"));
    }
    Ok(summary.status())
}

impl From<TooManyDeletes> for Failure {
    fn from(error: TooManyDeletes) -> Self {
        Self::usage(format!("{error} with --max-delete-share"))
    }
}

/// A share, not percents: 5 would let everything end.
fn share(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or("a share is from 0.0 to 1.0")
}

/// The users of the file, all of them or none.
fn wanted(args: &SyncArgs) -> Result<Vec<UserId>, Failure> {
    let kind = Kind::Targets(Some(args.user.as_str().into()));
    let input = InputArgs { input_format: args.input_format, header: args.header, strict: true };
    let source = Source::File(input.file(args.from.clone(), "--from", kind, None));
    let mut bad = BadLines::new(source.name(), 0, |why| note(why));
    let mut users = Vec::new();
    for record in source.open()? {
        match record? {
            Record::Pair(_, user, _) => users.push(user),
            Record::Bad(why) => bad.add(&why),
        }
    }
    bad.finish();
    if bad.total() > 0 {
        return Err(InputError::Strict { name: source.name(), bad: bad.total() }.into());
    }
    Ok(users)
}

fn print_plan(plan: &SyncPlan, out: &mut Output) -> Result<(), Failure> {
    let row = |command, change| {
        move |to: &UserId| {
            let (from, to) = (plan.from.as_str().to_owned(), to.as_str().to_owned());
            PlannedRow { command, from, to, change }
        }
    };
    let deletes = plan.delete.iter().map(row(Delete::COMMAND, Change::Unfollow));
    let adds = plan.add.iter().map(row(Add::COMMAND, Change::Follow));
    deletes.chain(adds).try_for_each(|row| out.row(&row))?;
    Ok(())
}

fn print_report<E: Batch<From = UserId, Target = UserId, Outcome = ()>>(
    report: &BatchReport<E>,
    change: Change,
    summary: &mut Summary,
    out: &mut Output,
) -> Result<(), Failure> {
    for item in &report.items {
        summary.add(Counted::outcome(E::SERVICE, &item.outcome));
        out.row(&Row { details: Changed { change }, ..Row::of_item(item, |()| Changed::default()) })?;
    }
    Ok(())
}
