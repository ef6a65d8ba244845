//! `tim follow sync`: a user follows exactly the users of a file.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tim_follow::follow::{Add, Delete, List};
use tim_follow::{Batch, BatchReport, Endpoint, SyncPlan, TooManyDeletes, UserId};

use crate::exit::{ExitStatus, Failure};
use crate::input::args::check_user;
use crate::input::error::InputError;
use crate::input::record::{InputFormat, Kind};
use crate::input::source::{Record, Source};
use crate::output::{Field, Output, Row, note};
use crate::run;
use crate::run::args::Yes;
use crate::run::confirm::{self, DELETES_WITHOUT_QUESTION};
use crate::run::pace::PaceArgs;
use crate::run::progress::{Meter, Progress};
use crate::run::rows;
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
    print_report::<Delete>(&report.deleted, &mut summary, out)?;
    print_report::<Add>(&report.added, &mut summary, out)?;
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
    let source = Source::File { path: args.from.clone(), kind, format: args.input_format };
    let failed = |error| InputError::Read { name: source.name(), error };
    let (mut users, mut bad) = (Vec::new(), 0);
    for record in source.open().map_err(failed)? {
        match record.map_err(failed)? {
            Record::Pair(_, user) => users.push(user),
            Record::Bad(why) => {
                bad += 1;
                note(format_args!("tim: {}, {why}", source.name()));
            }
        }
    }
    if bad > 0 {
        return Err(InputError::Strict { name: source.name(), bad }.into());
    }
    Ok(users)
}

fn print_plan(plan: &SyncPlan, out: &mut Output) -> Result<(), Failure> {
    let deletes = plan.delete.iter().map(|user| (Delete::COMMAND, "unfollow", user));
    let adds = plan.add.iter().map(|user| (Add::COMMAND, "follow", user));
    for (command, change, user) in deletes.chain(adds) {
        out.row(
            Row::new(command, plan.from.as_str())
                .with(Field::new("to", user.as_str()))
                .with(Field::new("change", change)),
        )?;
    }
    Ok(())
}

fn print_report<E: Batch<From = UserId, Target = UserId, Outcome = ()>>(
    report: &BatchReport<E>,
    summary: &mut Summary,
    out: &mut Output,
) -> Result<(), Failure> {
    for item in &report.items {
        summary.add(Counted::outcome(E::SERVICE, &item.outcome));
        let change = Field::new("change", if E::COMMAND == Delete::COMMAND { "unfollow" } else { "follow" });
        out.row(rows::row::<E>(item, false, |()| Vec::new()).with(change))?;
    }
    Ok(())
}
