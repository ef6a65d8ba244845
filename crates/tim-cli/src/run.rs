//! Commands with any number of targets: from arguments, a file or a pipe, through one batch, to rows in the same order.
//!
//! A command is one call of [`run`] with its [`Job`]. What a journal promises stands in docs/bulk.md.

pub(crate) mod args;
pub(crate) mod batch;
pub(crate) mod confirm;
pub(crate) mod interrupt;
pub(crate) mod pace;
pub(crate) mod progress;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod summary;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tim_follow::transport::ClockReading;
use tim_follow::{Batch, BatchItem, Endpoint, PairTemplate, UserId};
use tokio::time::{MissedTickBehavior, interval};

use self::args::{BulkArgs, Yes};
use self::batch::{End, Work};
use self::pace::Pace;
use self::progress::{Meter, Progress};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::InputArgs;
use crate::input::error::InputError;
use crate::input::preflight::{Fingerprint, Preflight};
use crate::input::source::{Record, Records, Source};
use crate::input::stream::Feed;
use crate::output::journal::{Checkpoint, Run};
use crate::output::sink::{Opened, SinkArgs};
use crate::output::{Field, Output, Row, note};
use crate::run::interrupt::Interrupt;
use crate::run::session::Session;
use crate::text::counted;

/// A command and its targets.
pub(crate) struct Job<E: Batch, S> {
    /// What all calls share.
    pub(crate) template: PairTemplate<E>,
    /// The user in `From_Account`; empty if each pair names its own.
    pub(crate) from: String,
    /// What else decides about the answers, for the journal.
    pub(crate) options: String,
    pub(crate) source: Source,
    /// The fields of an answer, and their names.
    pub(crate) show: S,
    pub(crate) columns: &'static [&'static str],
    /// Whether it ends follows, and was told to without a question.
    pub(crate) deletes: Option<Yes>,
}

/// Sends `job` and prints what became of each target.
pub(crate) async fn run<E: Batch<From = UserId, Target = UserId>>(
    session: &Session,
    out: &mut Output,
    job: Job<E, impl Fn(&E::Outcome) -> Vec<Field>>,
    args: &BulkArgs,
) -> Result<ExitStatus, Failure> {
    let source = &job.source;
    args.sink.check(source.path())?;
    let pace = args.pace.resolve(session)?;
    let preflight = preflight::<E>(source, args, &pace)?;
    if args.dry_run {
        return dry_run::<E>(session, out, &job.from, preflight, args, &pace);
    }
    if let Some(Yes { yes: false }) = job.deletes {
        confirm::confirm(preflight.as_ref())?;
    }
    let meter = Arc::new(Meter::default());
    let client = session.bulk_client(&pace, &[E::COMMAND], meter.clone(), !source.is_arguments())?;
    let run = identity::<E>(session, job.options, &args.sink, source, preflight.as_ref())?;
    let (sink, place) = match args.sink.open(run, session.json, out, now())? {
        Opened::Finished(place) => return Ok(finished(&place)),
        Opened::Going(sink, place) => (sink, place),
    };
    let columns = [["from", "to", "ok"].as_slice(), job.columns, rows::WHY_NOT].concat();
    out.set_columns(&columns);
    let (records, skipped_bad) = skip(source, &place)?;

    let total = preflight.as_ref().map(|preflight| preflight.targets);
    let shown = session.shows_progress(args.sink.out.is_none());
    let calls_per_second = pace.calls_per_second::<E>().map(NonZeroU32::get);
    let progress = Progress::new(calls_per_second, total, meter, shown, now()).shared(pace.is_shared());
    let mut feed = Feed::new(records, source.name(), &progress);
    let outcomes = client.batch_stream(job.template.clone(), &mut feed);
    let mut outcomes = outcomes.in_flight(pace.in_flight::<E>());
    let row = |item: &BatchItem<E>| rows::row::<E>(item, source.names_from(), &job.show);
    let mut work = Work { out, sink, place, progress: &progress, halted: None };

    let mut interrupt = Interrupt::new().map_err(Failure::system)?;
    let mut interrupted = false;
    let mut tick = interval(Duration::from_millis(100));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            item = outcomes.next() => match item {
                None => break,
                Some(item) => if work.take(&item, outcomes.stopped_by(), row)? { outcomes.stop() },
            },
            () = interrupt.next() => {
                if interrupted {
                    progress.clear();
                    std::process::exit(i32::from(ExitStatus::Interrupted.code()));
                }
                interrupted = true;
                outcomes.stop();
                progress.note("tim: stopping: what is under way is finished; again, and it ends at once");
            }
            _ = tick.tick() => work.tick()?,
        }
    }
    drop(outcomes);
    progress.clear();
    let (bad, error) = (feed.bad + skipped_bad, feed.error.take());
    let Work { sink, place, halted, out, .. } = work;
    let end = End { bad, interrupted, halted, error, total, changed: changed(preflight.as_ref(), &place) };
    end.conclude(session, source, sink, place, out, progress.elapsed(now()))
}

/// Reads the whole input once where that is possible: how many targets there are, and whether all are good.
fn preflight<E: Batch>(source: &Source, args: &BulkArgs, pace: &Pace) -> Result<Option<Preflight>, Failure> {
    let window = 2 * pace.in_flight::<E>() * E::MAX_TARGETS;
    preflight_in(source, args.input, args.dry_run, E::MAX_TARGETS, window)
}

/// The same for a list of users.
pub(crate) fn preflight_users(source: &Source, input: InputArgs) -> Result<Option<Preflight>, Failure> {
    preflight_in(source, input, false, 1, 1)
}

fn preflight_in(
    source: &Source,
    input: InputArgs,
    dry_run: bool,
    max_targets: usize,
    window: usize,
) -> Result<Option<Preflight>, Failure> {
    let failed = |error| InputError::Read { name: source.name(), error };
    if !source.is_repeatable() && !dry_run {
        if input.strict {
            let problem = format!("--strict reads the input twice, so {} must be a file", source.name());
            return Err(InputError::Usage(problem).into());
        }
        return Ok(None);
    }
    let tell = |why: &str| {
        if input.strict || dry_run {
            note(format_args!("tim: {}, {why}", source.name()));
        }
    };
    let preflight = Preflight::of(source.open().map_err(failed)?, max_targets, window, tell).map_err(failed)?;
    if input.strict && preflight.bad > 0 && !dry_run {
        return Err(InputError::Strict { name: source.name(), bad: preflight.bad }.into());
    }
    Ok(Some(preflight))
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
    let from = Some(from).filter(|from| !from.is_empty());
    out.set_format(args.sink.format(session.json)?);
    let took = seconds.map_or_else(|| "-".to_owned(), progress::duration);
    out.row(
        Row::default()
            .with(Field::new("command", E::COMMAND))
            .with(Field::shown_as("from", from, from.unwrap_or("each pair")))
            .with(Field::new("targets", preflight.targets))
            .with(Field::new("bad_lines", preflight.bad))
            .with(Field::new("calls", preflight.calls))
            .with(Field::new("calls_per_second", calls_per_second))
            .with(Field::shown_as("seconds", seconds, took)),
    )?;
    note("tim: nothing was sent");
    Ok(ExitStatus::of(preflight.bad == 0))
}

/// What makes a run, for its journal.
pub(crate) fn identity<E: Endpoint>(
    session: &Session,
    options: String,
    sink: &SinkArgs,
    source: &Source,
    preflight: Option<&Preflight>,
) -> Result<Run, Failure> {
    let input = match preflight {
        Some(Preflight { targets, fingerprint, .. }) => {
            format!("{} with the mark {fingerprint}", counted(*targets, "target"))
        }
        None => source.name(),
    };
    let mut run =
        vec![("the command".to_owned(), E::COMMAND.to_owned()), ("the rest of the command".to_owned(), options)];
    run.extend(session.settings()?.identity());
    run.extend(sink.identity(session.json)?);
    run.push(("the input".to_owned(), input));
    Ok(run)
}

/// Passes over the targets that are through; the rest, and how many lines before it were bad.
pub(crate) fn skip(source: &Source, place: &Checkpoint) -> Result<(Records, u64), InputError> {
    let failed = |error| InputError::Read { name: source.name(), error };
    let mut records = source.open().map_err(failed)?;
    let (mut fingerprint, mut bad, mut left) = (Fingerprint::default(), 0, place.targets);
    while left > 0 {
        match records.next().transpose().map_err(failed)? {
            Some(Record::Pair(from, to)) => {
                fingerprint.add(&from, &to);
                left -= 1;
            }
            Some(Record::Bad(_)) => bad += 1,
            None => break,
        }
    }
    if left > 0 || fingerprint != place.fingerprint {
        return Err(InputError::Other { name: source.name(), targets: place.targets });
    }
    Ok((records, bad))
}

fn changed(preflight: Option<&Preflight>, place: &Checkpoint) -> bool {
    preflight.is_some_and(|preflight| preflight.fingerprint != place.fingerprint)
}

/// What a finished run says when it is asked for again.
pub(crate) fn finished(place: &Checkpoint) -> ExitStatus {
    note(format_args!("tim: finished before, nothing is left to do: {}", place.summary));
    note("tim: to do it again, begin with another journal and another output");
    place.summary.verdict()
}

/// The clock of this command.
pub(crate) fn now() -> Instant {
    ClockReading::system().instant
}
