//! A command with many targets, as one run.

use std::num::NonZeroU32;

use tim_follow::{Batch, BatchItem, Command, PairTemplate, UserId};

use super::args::{BulkArgs, Yes};
use super::batch::BatchWork;
use super::begin::{Begin, Plan};
use super::confirm;
use super::pace::Pace;
use super::rows::{Details, DryRun, TargetRow};
use super::session::Session;
use crate::exit::{ExitStatus, Failure};
use crate::input::estimate::BatchShape;
use crate::input::preflight::Preflight;
use crate::input::source::Source;
use crate::output::{Output, note};

/// A command and its targets.
pub(crate) struct Job<E: Batch, S> {
    /// What all calls share.
    pub(crate) template: PairTemplate<E>,
    /// The user in `From_Account`; empty if each pair names its own.
    pub(crate) from: String,
    /// What else decides about the outcomes, for the journal.
    pub(crate) options: String,
    pub(crate) source: Source,
    /// Makes the details of a row from a result.
    pub(crate) show: S,
    /// Set for a command that ends follows: whether to ask.
    pub(crate) deletes: Option<Yes>,
    /// How to find out what was done, for a command that changes data.
    pub(crate) hint: Option<&'static str>,
}

/// Sends `job` and prints the outcome of each target.
pub(crate) async fn run<E: Batch<From = UserId, Target = UserId> + Command, D: Details>(
    session: &Session,
    out: &mut Output,
    job: Job<E, impl Fn(&E::Outcome) -> D>,
    args: &BulkArgs,
) -> Result<ExitStatus, Failure> {
    let source = &job.source;
    args.sink.check(source.path())?;
    let pace = session.pace(&args.pace)?;
    let shape = BatchShape::of::<E>(pace.in_flight::<E>());
    let preflight = Preflight::read(source, args.input, args.dry_run, shape, |why| note(why))?;
    if args.dry_run {
        return dry_run::<E>(session, out, &job.from, preflight, args, &pace);
    }
    if let Some(Yes { yes: false }) = job.deletes {
        confirm::confirm(preflight.as_ref())?;
    }
    let plan = Plan {
        session,
        source,
        preflight,
        sink: &args.sink,
        pace: &pace,
        commands: &[E::COMMAND],
        calls_per_second: pace.calls_per_second::<E>(),
        options: job.options,
        noun: "target",
        hint: job.hint,
        fail_fast: args.fail_fast,
    };
    let mut begun = match plan.begin(out, &TargetRow::<D>::default())? {
        Begin::Finished(ended) => return Ok(ended.status),
        Begin::Started(begun) => begun,
    };
    let positions = begun.pairs.positions();
    let outcomes = begun.client.batch_stream(job.template, &mut begun.pairs).in_flight(pace.in_flight::<E>());
    let row =
        |item: &BatchItem<E>| TargetRow { shows_from: source.names_from(), ..TargetRow::of_item(item, &job.show) };
    let mut work = BatchWork { outcomes, positions, row };
    let loop_end = begun.run.drive(&mut work).await?;
    drop(work);
    Ok(begun.conclude(loop_end)?.status)
}

fn dry_run<E: Batch>(
    session: &Session,
    out: &mut Output,
    from: &str,
    preflight: Option<Preflight>,
    args: &BulkArgs,
    pace: &Pace,
) -> Result<ExitStatus, Failure> {
    let preflight = preflight.unwrap_or_default();
    let calls_per_second = pace.calls_per_second::<E>().map(NonZeroU32::get);
    let seconds = calls_per_second.map(|calls| preflight.calls.div_ceil(u64::from(calls)));
    out.set_format(args.sink.encoding(session.json)?.format);
    out.row(&DryRun {
        command: E::COMMAND,
        from: Some(from).filter(|from| !from.is_empty()).map(str::to_owned),
        targets: preflight.targets,
        bad_lines: preflight.bad,
        calls: preflight.calls,
        calls_per_second,
        seconds,
    })?;
    if let Some((from, to)) = &preflight.first {
        note(format_args!("tim: the first target is {to}, of {from}"));
    }
    note("tim: nothing was sent");
    Ok(ExitStatus::of(preflight.bad == 0))
}
