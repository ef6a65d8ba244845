//! Commands with any number of targets: from arguments, a file or a pipe, through one batch, to rows in the same order.
//!
//! A command is one call of [`run`] with its [`Job`]. What a journal promises stands in docs/bulk.md.

pub(crate) mod delivery;
pub(crate) mod feed;
pub(crate) mod input;
pub(crate) mod journal;
pub(crate) mod progress;
mod record;
mod survey;
pub(crate) mod tally;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use tim_follow::transport::{Moment, Phase};
use tim_follow::{Batch, BatchItem, Endpoint, Error, ErrorKind, Outcome, UserId};
use tokio::time::{MissedTickBehavior, interval};

use self::delivery::{Delivery, DeliveryArgs, Opened};
use self::feed::Feed;
use self::input::{Record, Records, Source};
use self::journal::{JournalError, Place, Run};
use self::progress::{Meter, Progress};
pub(crate) use self::record::{InputFormat, Kind, Pair};
pub(crate) use self::survey::{Chain, Survey};
use crate::exit::{Failure, Verdict, of_call};
use crate::interrupt::Interrupt;
use crate::output::{Field, Output, Row, note};
use crate::session::{Pace, Session};
use crate::targets;

/// So many follows may end without a question.
const DELETES_WITHOUT_QUESTION: u64 = 20;

/// FROM and its targets, or pairs.
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// The user who is asked about or acts
    #[arg(required_unless_present = "pairs", conflicts_with = "pairs")]
    from: Option<String>,
    /// The other users
    #[arg(required_unless_present_any = ["pairs", "targets"], conflicts_with_all = ["pairs", "targets"])]
    to: Vec<String>,
    /// Take the users that FROM is asked about from a file, one to a line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "pairs", help_heading = "Input")]
    targets: Option<PathBuf>,
    /// Take pairs of users, from,to, from a file instead of FROM and TO; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pairs: Option<PathBuf>,
}

/// How a file of users is read.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// How the file is written; recognised from its first line unless given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) input_format: Option<InputFormat>,
    /// Send nothing at all when a line of the file is bad; without it, bad lines are named and the others are done
    #[arg(long)]
    pub(crate) strict: bool,
}

/// What all bulk commands are told.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    pace: Pace,
    /// Say how many targets and calls there are and how long they take, and send nothing; needs no key
    #[arg(long)]
    dry_run: bool,
}

/// A command and its targets.
pub(crate) struct Job<E: Batch, S> {
    /// The request, without targets.
    pub(crate) template: E,
    /// What else decides about the answers, for the journal.
    pub(crate) options: String,
    pub(crate) source: Source,
    /// The fields of an answer, and their names.
    pub(crate) show: S,
    pub(crate) columns: &'static [&'static str],
    /// Whether it ends follows, and was told to without a question.
    pub(crate) deletes: Option<Yes>,
}

/// The answer to a question that is not asked then.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Yes {
    /// Do not ask before more than 20 follows end; needed where no terminal can be asked
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Why a bulk command did not begin, or did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BulkError {
    #[error("{0}")]
    Usage(String),
    #[error("not sent: {0}")]
    Argument(String),
    #[error("cannot read {name}: {error}")]
    Input { name: String, error: io::Error },
    #[error("nothing was sent: {bad} lines of {name} are bad")]
    Strict { name: String, bad: u64 },
    #[error("{0} changed while it was read; what was done is in the output")]
    Changed(String),
    #[error(
        "{name} is not the input with which the journal began: its first {targets} targets are others; give the input as \
         it was, or begin anew with another journal"
    )]
    OtherInput { name: String, targets: u64 },
    #[error("{} cannot be {doing}: {error}", path.display())]
    Out { path: PathBuf, doing: &'static str, error: io::Error },
    #[error("{} is written by another process", .0.display())]
    Locked(PathBuf),
    #[error(
        "{} is not empty, and the journal with --resume knows nothing of it; move one of them away, or name another",
        .0.display()
    )]
    NotEmpty(PathBuf),
    #[error(
        "{} has {length} bytes, but the journal says that {journaled} were written: it was changed; begin anew with \
         another journal",
        path.display()
    )]
    Short { path: PathBuf, length: u64, journaled: u64 },
    #[error("{0} follows would end: say --yes to do it, or --dry-run to see it; there is no terminal to ask on")]
    NotConfirmed(String),
    #[error("nothing was sent")]
    Declined,
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Users {
    /// The user of the template and where targets come from.
    pub(crate) fn source(self, input: InputArgs) -> Result<(String, Source), Failure> {
        let format = input.input_format;
        if let Some(path) = self.pairs {
            return Ok((String::new(), Source::File { path, kind: Kind::Pairs, format }));
        }
        let from = self.from.unwrap_or_default();
        check_user("FROM", &from)?;
        let source = match self.targets {
            Some(path) => Source::File { path, kind: Kind::Targets(Some(from.as_str().into())), format },
            None => Source::Arguments(arguments(&from, self.to)?),
        };
        Ok((from, source))
    }
}

/// Targets of one user, all of which must be users: arguments are done as a whole or not at all.
pub(crate) fn arguments(from: &str, to: Vec<String>) -> Result<Vec<Pair>, Failure> {
    to.iter().try_for_each(|to| check_user("TO", to))?;
    Ok(to.into_iter().map(|to| (UserId::from(from), UserId::from(to))).collect())
}

pub(crate) fn check_user(argument: &str, user: &str) -> Result<(), Failure> {
    let checked = UserId::from(user).validate(argument);
    Ok(checked.map_err(|error| BulkError::Argument(error.to_string()))?)
}

impl BulkArgs {
    pub(crate) fn input(&self) -> InputArgs {
        self.input
    }
}

/// Sends `job` and prints what became of each target.
pub(crate) async fn run<E: Batch + Clone + 'static>(
    session: &Session,
    out: &mut Output,
    job: Job<E, impl Fn(&E::Outcome) -> Vec<Field>>,
    args: &BulkArgs,
) -> Result<Verdict, Failure> {
    let source = &job.source;
    args.delivery.check(source.path())?;
    let survey = survey::<E>(source, args)?;
    if args.dry_run {
        return dry_run::<E>(session, out, &job.template, survey, args);
    }
    if let Some(Yes { yes: false }) = job.deletes {
        confirm(survey.as_ref())?;
    }
    let meter = Arc::new(Meter::default());
    let client = session.bulk_client::<E>(args.pace, meter.clone(), !source.is_arguments())?;
    let run = identity::<E>(session, job.options, &args.delivery, source, survey.as_ref())?;
    let (delivery, place) = match args.delivery.open(run, session.json, out, now())? {
        Opened::Finished(place) => return Ok(finished(&place)),
        Opened::Going(delivery, place) => (delivery, place),
    };
    let columns = [["from", "to", "ok"].as_slice(), job.columns, targets::WHY_NOT].concat();
    out.set_columns(&columns);
    let (records, skipped_bad) = skip(source, &place)?;

    let total = survey.as_ref().map(|survey| survey.targets);
    let shown = Progress::is_wanted(session.quiet || session.verbose, args.delivery.out.is_none());
    let quota = args.pace.of::<E>().map(std::num::NonZeroU32::get);
    let progress = Progress::new(quota, total, meter, shown, now());
    let mut feed = Feed::new(records, source.name(), &progress);
    let outcomes = client.batch_pairs_stream(job.template.clone(), &mut feed);
    let mut outcomes = outcomes.in_flight(args.pace.in_flight::<E>());
    let row = |item: &BatchItem<E::Outcome>| targets::row::<E>(item, source.names_from(), &job.show);
    let mut work = Work { out, delivery, place, progress: &progress, halted: None };

    let mut interrupt = Interrupt::new().map_err(Failure::System)?;
    let mut interrupted = false;
    let mut tick = interval(Duration::from_millis(100));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            item = outcomes.next() => match item {
                None => break,
                Some(item) => if work.take(E::SERVICE, &item, outcomes.stopped_by(), &row)? { outcomes.stop() },
            },
            () = interrupt.next() => {
                if interrupted {
                    progress.clear();
                    std::process::exit(i32::from(Interrupt::EXIT_CODE));
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
    let Work { delivery, place, halted, out, .. } = work;
    let end = End { bad, interrupted, halted, error, total, changed: changed(survey.as_ref(), &place) };
    end.conclude(session, source, delivery, place, out, progress.elapsed(now()))
}

/// What happens while a batch runs.
struct Work<'a> {
    out: &'a mut Output,
    delivery: Delivery,
    place: Place,
    progress: &'a Progress,
    /// Why a target was not done that a later run can do, and the exit code for it.
    halted: Option<(String, u8)>,
}

impl Work<'_> {
    /// Prints an outcome and counts it; whether nothing more should be sent. `stopped_by` says why nothing is already.
    fn take<T>(
        &mut self,
        service: &str,
        item: &BatchItem<T>,
        stopped_by: Option<&Error>,
        row: impl Fn(&BatchItem<T>) -> Row,
    ) -> Result<bool, Failure> {
        let resumable = self.delivery.is_resumable();
        let halted_by = match &item.outcome {
            Outcome::NotAttempted { why } => Some(&**why),
            Outcome::Unknown { why: Some(why) } if never_arrived(why) => Some(&**why),
            Outcome::Refused(refusal) => stopped_by.filter(|error| error.code() == Some(refusal.code)),
            _ => None,
        };
        if let Some(why) = halted_by.filter(|why| resumable || matches!(why.kind(), ErrorKind::Stopped)) {
            // The output ends before it, so that a later run goes on with it. Calls that are under way still end.
            self.halted.get_or_insert_with(|| (why.to_string(), of_call(why)));
            return Ok(stopped_by.is_none());
        }
        if resumable && self.halted.is_some() {
            return Ok(false);
        }
        self.out.row(row(item))?;
        self.place.targets += 1;
        self.place.chain.add(&item.from, &item.target);
        self.place.tally.add(service, &item.outcome);
        Ok(false)
    }

    fn tick(&mut self) -> Result<(), Failure> {
        self.progress.show(self.place.targets, now());
        self.delivery.keep(self.out, &self.place, now)
    }
}

/// Whether no connection was ever made, so that a later run loses nothing and repeats nothing.
fn never_arrived(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport(error) if matches!(error.phase(), Phase::Setup | Phase::Connect))
}

/// How a batch ended.
struct End {
    bad: u64,
    interrupted: bool,
    halted: Option<(String, u8)>,
    error: Option<io::Error>,
    total: Option<u64>,
    changed: bool,
}

impl End {
    /// Writes what is left to be written, and says how it went.
    fn conclude(
        self,
        session: &Session,
        source: &Source,
        mut delivery: Delivery,
        mut place: Place,
        out: &mut Output,
        took: Duration,
    ) -> Result<Verdict, Failure> {
        let is_over = !self.interrupted && self.halted.is_none() && self.error.is_none();
        place.finished = is_over && !self.changed;
        delivery.write(out, &place)?;
        let tally = &place.tally;
        tally.reasons().for_each(|reason| note(format_args!("tim: {reason}")));
        if !session.quiet && (!source.is_arguments() || !tally.is_complete() || took >= Duration::from_secs(1)) {
            let bad = if self.bad > 0 { format!(", {} bad lines", self.bad) } else { String::new() };
            note(format_args!("tim: {tally}{bad}; {:.1} s", took.as_secs_f64()));
        }
        if let Some(error) = self.error {
            return Err(BulkError::Input { name: source.name(), error }.into());
        }
        if !is_over {
            let of = self.total.map_or(String::new(), |total| format!(" of {total}"));
            let (why, code) = match self.halted {
                Some((why, code)) if !self.interrupted => (format!(": {why}"), code),
                _ => (String::new(), Interrupt::EXIT_CODE),
            };
            let goes_on = if delivery.is_resumable() { "; the same command goes on from there" } else { "" };
            note(format_args!("tim: stopped after {}{of} targets{why}{goes_on}", place.targets));
            return Ok(Verdict::Other(code));
        }
        if self.changed {
            return Err(BulkError::Changed(source.name()).into());
        }
        Ok(if self.bad > 0 { place.tally.verdict().or_refused() } else { place.tally.verdict() })
    }
}

/// Reads the whole input once where that is possible: how many targets there are, and whether all are good.
fn survey<E: Batch>(source: &Source, args: &BulkArgs) -> Result<Option<Survey>, Failure> {
    let window = 2 * args.pace.in_flight::<E>() * E::MAX_TARGETS;
    survey_in(source, args.input, args.dry_run, E::MAX_TARGETS, window)
}

/// The same for a list of users.
pub(crate) fn survey_users(source: &Source, input: InputArgs) -> Result<Option<Survey>, Failure> {
    survey_in(source, input, false, 1, 1)
}

fn survey_in(
    source: &Source,
    input: InputArgs,
    dry_run: bool,
    max_targets: usize,
    window: usize,
) -> Result<Option<Survey>, Failure> {
    let failed = |error| BulkError::Input { name: source.name(), error };
    if !source.is_repeatable() && !dry_run {
        if input.strict {
            let problem = format!("--strict reads the input twice, so {} must be a file", source.name());
            return Err(BulkError::Usage(problem).into());
        }
        return Ok(None);
    }
    let tell = |why: &str| {
        if input.strict || dry_run {
            note(format_args!("tim: {}, {why}", source.name()));
        }
    };
    let survey = Survey::of(source.open().map_err(failed)?, max_targets, window, tell).map_err(failed)?;
    if input.strict && survey.bad > 0 && !dry_run {
        return Err(BulkError::Strict { name: source.name(), bad: survey.bad }.into());
    }
    Ok(Some(survey))
}

fn dry_run<E: Batch>(
    session: &Session,
    out: &mut Output,
    template: &E,
    survey: Option<Survey>,
    args: &BulkArgs,
) -> Result<Verdict, Failure> {
    let survey = survey.unwrap_or_default();
    let calls_per_second = args.pace.of::<E>().map(std::num::NonZeroU32::get);
    let seconds = calls_per_second.map(|calls| survey.calls.div_ceil(u64::from(calls)));
    let from = Some(template.subject().as_str()).filter(|from| !from.is_empty());
    out.set_format(args.delivery.format(session.json)?);
    let took = seconds.map_or_else(|| "-".to_owned(), progress::duration);
    out.row(
        Row::default()
            .with(Field::new("command", E::COMMAND))
            .with(Field::shown_as("from", from, from.unwrap_or("each pair")))
            .with(Field::new("targets", survey.targets))
            .with(Field::new("bad_lines", survey.bad))
            .with(Field::new("calls", survey.calls))
            .with(Field::new("calls_per_second", calls_per_second))
            .with(Field::shown_as("seconds", seconds, took)),
    )?;
    note("tim: nothing was sent");
    Ok(Verdict::of(survey.bad == 0))
}

/// Asks before many follows end.
fn confirm(survey: Option<&Survey>) -> Result<(), BulkError> {
    let many = match survey {
        Some(survey) if survey.targets <= DELETES_WITHOUT_QUESTION => return Ok(()),
        Some(survey) => survey.targets.to_string(),
        None => "an unknown number of".to_owned(),
    };
    ask(&many)
}

/// Asks whether so many follows should end.
pub(crate) fn ask(many: &str) -> Result<(), BulkError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(BulkError::NotConfirmed(many.to_owned()));
    }
    let _ = write!(io::stderr(), "tim: {many} follows would end. Go on? [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    let yes = read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if yes { Ok(()) } else { Err(BulkError::Declined) }
}

/// What makes a run, for its journal.
pub(crate) fn identity<E: Endpoint>(
    session: &Session,
    options: String,
    delivery: &DeliveryArgs,
    source: &Source,
    survey: Option<&Survey>,
) -> Result<Run, Failure> {
    let input = match survey {
        Some(Survey { targets, chain, .. }) => format!("{targets} targets with the mark {chain}"),
        None => source.name(),
    };
    let mut run = vec![("the command".to_owned(), E::COMMAND.to_owned()), ("its options".to_owned(), options)];
    run.extend(session.settings()?.identity());
    run.extend(delivery.identity(session.json)?);
    run.push(("the input".to_owned(), input));
    Ok(run)
}

/// Passes over the targets that are through; the rest, and how many lines before it were bad.
pub(crate) fn skip(source: &Source, place: &Place) -> Result<(Records, u64), BulkError> {
    let failed = |error| BulkError::Input { name: source.name(), error };
    let mut records = source.open().map_err(failed)?;
    let (mut chain, mut bad, mut left) = (Chain::default(), 0, place.targets);
    while left > 0 {
        match records.next().transpose().map_err(failed)? {
            Some(Record::Pair(from, to)) => {
                chain.add(&from, &to);
                left -= 1;
            }
            Some(Record::Bad(_)) => bad += 1,
            None => break,
        }
    }
    if left > 0 || chain != place.chain {
        return Err(BulkError::OtherInput { name: source.name(), targets: place.targets });
    }
    Ok((records, bad))
}

fn changed(survey: Option<&Survey>, place: &Place) -> bool {
    survey.is_some_and(|survey| survey.chain != place.chain)
}

/// What a finished run says when it is asked for again.
pub(crate) fn finished(place: &Place) -> Verdict {
    note(format_args!("tim: finished before, nothing is left to do: {}", place.tally));
    note("tim: to do it again, begin with another journal and another output");
    place.tally.verdict()
}

/// The clock of this command.
pub(crate) fn now() -> Instant {
    Moment::system().instant
}
