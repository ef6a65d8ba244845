//! The start of a run: its client, its output, its journal and its input.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;

use tim_follow::{Client, UserId};

use super::conclude::{End, Ended, USER, finished};
use super::core::{Checkpoint, Core};
use super::drive::{LoopEnd, Run};
use super::meter::Meter;
use super::now;
use super::pace::Pace;
use super::progress::Progress;
use super::session::Session;
use crate::exit::Failure;
use crate::input::from_line::FromLine;
use crate::input::preflight::Preflight;
use crate::input::source::Source;
use crate::input::stream::PairStream;
use crate::output::journal::Identity;
use crate::output::row::Row;
use crate::output::sink::{Opened, SinkArgs};
use crate::output::{Output, note};
use crate::text::counted;

/// A run before it begins.
pub(crate) struct Plan<'a> {
    pub(crate) session: &'a Session,
    pub(crate) source: &'a Source,
    pub(crate) preflight: Option<Preflight>,
    pub(crate) sink: &'a SinkArgs,
    pub(crate) pace: &'a Pace,
    /// The commands of the service that it sends. The first one names it in the journal.
    pub(crate) commands: &'a [&'static str],
    /// The most calls per second of its main command.
    pub(crate) calls_per_second: Option<NonZeroU32>,
    /// What else decides about the rows, for the journal.
    pub(crate) options: String,
    /// What the records of the input are, for example `target`.
    pub(crate) noun: &'static str,
    /// How to find out what was done. `None` for commands that read.
    pub(crate) hint: Option<&'static str>,
    pub(crate) fail_fast: bool,
}

/// How a run begins.
pub(crate) enum Begin<'a, T = UserId> {
    /// It was finished before.
    Finished(Ended),
    Started(Box<Begun<'a, T>>),
}

/// A run that has begun.
pub(crate) struct Begun<'a, T = UserId> {
    pub(crate) client: Client,
    /// The records that are not processed yet.
    pub(crate) pairs: PairStream<'static, T>,
    pub(crate) run: Run<'a>,
    plan: Plan<'a>,
}

impl<'a> Plan<'a> {
    /// Opens the output and the input. `header` is a row with all columns.
    pub(crate) fn begin<T: FromLine>(self, out: &'a mut Output, header: &impl Row) -> Result<Begin<'a, T>, Failure> {
        let Self { session, source, sink, pace, .. } = self;
        let meter = Arc::new(Meter::default());
        let client = session.bulk_client(pace, self.commands, meter.clone(), !source.is_arguments())?;
        let (sink, checkpoint) = match sink.open::<Checkpoint>(self.identity()?, session.json, out, now())? {
            Opened::Finished(checkpoint) => {
                return Ok(Begin::Finished(finished(&checkpoint.summary, self.noun)));
            }
            Opened::Started(sink, checkpoint) => (sink, checkpoint),
        };
        if checkpoint.processed > 0 {
            let of = self.total().map(|total| format!(" of {total}")).unwrap_or_default();
            note(format_args!("tim: resuming after {}{of} {}s", checkpoint.processed, self.noun));
        }
        out.header(header)?;
        let state = checkpoint.input_state();
        let records = source.open_at(state, checkpoint.processed)?;
        let shown = session.shows_progress(self.sink.file().is_none());
        let limit = self.calls_per_second.map(NonZeroU32::get);
        let progress = Progress::new(limit, self.total(), meter, shown, now()).shared(pace.is_shared());
        let progress = Rc::new(if self.noun == USER { progress.of("users") } else { progress });
        let (shown_by, is_checked) = (progress.clone(), self.preflight.is_some());
        let pairs = PairStream::new(records, source.name(), state, move |why| {
            if !is_checked {
                shown_by.note(why);
            }
        });
        let core = Core::new(checkpoint, sink.is_resumable(), self.fail_fast);
        let run = Run { core, out, sink, progress };
        Ok(Begin::Started(Box::new(Begun { client, pairs, run, plan: self })))
    }

    fn total(&self) -> Option<u64> {
        self.preflight.as_ref().map(|preflight| preflight.targets)
    }

    /// The values that two runs of the same command share.
    fn identity(&self) -> Result<Identity, Failure> {
        let input = match &self.preflight {
            Some(Preflight { targets, fingerprint, .. }) => {
                format!("{} with the checksum {fingerprint}", counted(*targets, "target"))
            }
            None => self.source.name(),
        };
        let command = self.commands.first().copied().unwrap_or_default().to_owned();
        let mut run = vec![("the command".to_owned(), command), ("the options".to_owned(), self.options.clone())];
        run.extend(self.session.settings()?.identity());
        run.extend(self.sink.identity(self.session.json)?);
        run.push(("the input".to_owned(), input));
        Ok(run)
    }
}

impl<T: FromLine> Begun<'_, T> {
    /// Writes the last checkpoint and prints how the run ended.
    pub(crate) fn conclude(self, loop_end: LoopEnd) -> Result<Ended, Failure> {
        let Self { mut pairs, run, plan, .. } = self;
        let processed = run.core.checkpoint().fingerprint;
        let end = End {
            session: plan.session,
            source: plan.source,
            noun: plan.noun,
            total: plan.total(),
            bad: pairs.bad(),
            input_error: pairs.take_error(),
            changed: plan.preflight.as_ref().is_some_and(|preflight| preflight.fingerprint != processed),
            hint: plan.hint,
            took: run.progress.elapsed(now()),
        };
        end.conclude(run, loop_end)
    }
}
