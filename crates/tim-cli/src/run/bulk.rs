//! A command with many targets, as one run.

use std::num::NonZeroU32;

use tim_follow::{Batch, BatchItem, Endpoint as _};

use super::args::BulkArgs;
use super::batch::{BatchWork, InputTemplate, TargetOf, Targets, UsersOf};
use super::begin::{Begin, Plan};
use super::confirm::Deletes;
use super::pace::Pace;
use super::rows::{Details, DryRun, TargetRow, Users};
use super::session::Session;
use crate::exit::{ExitStatus, Failure};
use crate::input::estimate::BatchShape;
use crate::input::preflight::Preflight;
use crate::input::source::Source;
use crate::output::{Output, note};

/// A command and its targets.
pub(crate) struct Job<T, S> {
    /// What all calls share.
    pub(crate) template: T,
    /// The user in `From_Account`; empty if each target names its own, or if the command has none.
    pub(crate) from: String,
    /// What else decides about the outcomes, for the journal.
    pub(crate) options: String,
    pub(crate) source: Source,
    /// Makes the details of the rows of an item.
    pub(crate) show: S,
    /// Set for a command that deletes data: what it asks before.
    pub(crate) deletes: Option<Deletes>,
    /// How to find out what was done, for a command that changes data.
    pub(crate) hint: Option<&'static str>,
}

/// Sends `job` and prints the outcome of each target.
pub(crate) async fn run<T: InputTemplate, D: Details>(
    session: &Session,
    out: &mut Output,
    job: Job<T, impl Fn(&BatchItem<T::Request>) -> Vec<D>>,
    args: &BulkArgs,
) -> Result<ExitStatus, Failure> {
    let source = &job.source;
    args.sink.check(source.path())?;
    let pace = session.pace(&args.pace)?;
    let in_flight = pace.in_flight::<T::Request>();
    let shape = BatchShape::of::<T::Request>(job.template.shared(), in_flight);
    let preflight = Preflight::read::<TargetOf<T>>(source, args.input, args.dry_run, shape, |why| note(why))?;
    if args.dry_run {
        return dry_run::<T::Request>(session, out, &job.from, preflight, args, &pace);
    }
    if let Some(deletes) = job.deletes {
        deletes.confirm(preflight.as_ref())?;
    }
    let plan = Plan {
        session,
        source,
        preflight,
        sink: &args.sink,
        pace: &pace,
        commands: &[T::Request::COMMAND],
        calls_per_second: pace.calls_per_second::<T::Request>(),
        options: job.options,
        noun: "target",
        hint: job.hint,
        fail_fast: args.fail_fast,
    };
    let header = TargetRow::<D, UsersOf<T>>::default();
    let mut begun = match plan.begin(out, &header)? {
        Begin::Finished(ended) => return Ok(ended.status),
        Begin::Started(begun) => begun,
    };
    let (positions, shows_from) = (begun.pairs.positions(), source.names_from());
    let outcomes = begun.client.batch_stream(job.template, Targets::<T>(&mut begun.pairs)).in_flight(in_flight);
    let mut work = BatchWork { outcomes, positions, show: job.show, shows_from };
    let loop_end = begun.run.drive(&mut work).await?;
    drop(work);
    Ok(begun.conclude(loop_end)?.status)
}

fn dry_run<E: Batch<From: Users>>(
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
        let of = if from.as_str().is_empty() { String::new() } else { format!(", of {from}") };
        note(format_args!("tim: the first target is {to}{of}"));
    }
    note("tim: nothing was sent");
    Ok(ExitStatus::of(preflight.bad == 0))
}
