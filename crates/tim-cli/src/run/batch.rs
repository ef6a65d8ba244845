//! What a batch does while it runs and when it is over.

use std::io;
use std::time::Duration;

use tim_follow::transport::TransportErrorKind;
use tim_follow::{Batch, BatchItem, Error, ErrorKind, Outcome, UserId};

use super::now;
use super::progress::Progress;
use crate::exit::{ExitStatus, Failure};
use crate::input::error::InputError;
use crate::input::source::Source;
use crate::output::journal::Checkpoint;
use crate::output::sink::Sink;
use crate::output::{Output, Row, note};
use crate::run::session::Session;
use crate::text::counted;

/// What happens while a batch runs.
pub(super) struct Work<'a> {
    pub(super) out: &'a mut Output,
    pub(super) sink: Sink,
    pub(super) place: Checkpoint,
    pub(super) progress: &'a Progress,
    /// Why a target was not done that a later run can do, and the exit code for it.
    pub(super) halted: Option<(String, ExitStatus)>,
}

impl Work<'_> {
    /// Prints an outcome and counts it; whether nothing more should be sent. `stopped_by` says why nothing is already.
    pub(super) fn take<E: Batch<From = UserId, Target = UserId>>(
        &mut self,
        item: &BatchItem<E>,
        stopped_by: Option<&Error>,
        row: impl Fn(&BatchItem<E>) -> Row,
    ) -> Result<bool, Failure> {
        let service = E::SERVICE;
        let resumable = self.sink.is_resumable();
        let halted_by = match &item.outcome {
            Outcome::NotAttempted { reason: why } => Some(&**why),
            Outcome::Unknown { reason: Some(why) } if is_away(why) => Some(&**why),
            // A target that waited for a retry when the batch stopped is sent again by a later run.
            Outcome::Rejected(rejection) => stopped_by.filter(|error| {
                error.code() == Some(rejection.code) || (resumable && rejection.code.retryable(service))
            }),
            _ => None,
        };
        if let Some(why) = halted_by.filter(|why| resumable || ends_the_run(why)) {
            // The output ends before it, so that a later run goes on with it. Calls that are under way still end.
            self.halted.get_or_insert_with(|| (why.to_string(), ExitStatus::of_call(why)));
            return Ok(stopped_by.is_none());
        }
        if resumable && self.halted.is_some() {
            return Ok(false);
        }
        self.out.row(row(item))?;
        self.place.targets += 1;
        self.place.fingerprint.add(&item.from, &item.target);
        self.place.summary.add(service, &item.outcome);
        Ok(false)
    }

    pub(super) fn tick(&mut self) -> Result<(), Failure> {
        self.progress.show(self.place.targets, now());
        self.sink.keep(self.out, &self.place, now)
    }
}

/// Whether there was no connection in the end: the service is away, and a later run does better.
fn is_away(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport(error) if matches!(error.kind(), TransportErrorKind::Setup | TransportErrorKind::Connect))
}

/// Whether further targets fail for the same reason: without a rate limiter, nothing is sent.
fn ends_the_run(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Stopped | ErrorKind::LimiterUnavailable { .. })
}

/// How a batch ended.
pub(super) struct End {
    pub(super) bad: u64,
    pub(super) interrupted: bool,
    pub(super) halted: Option<(String, ExitStatus)>,
    pub(super) error: Option<io::Error>,
    pub(super) total: Option<u64>,
    pub(super) changed: bool,
}

impl End {
    /// Writes what is left to be written, and says how it went.
    pub(super) fn conclude(
        self,
        session: &Session,
        source: &Source,
        mut sink: Sink,
        mut place: Checkpoint,
        out: &mut Output,
        took: Duration,
    ) -> Result<ExitStatus, Failure> {
        let is_over = !self.interrupted && self.halted.is_none() && self.error.is_none();
        place.finished = is_over && !self.changed;
        sink.write(out, &place)?;
        let summary = &place.summary;
        summary.reasons().for_each(|reason| note(format_args!("tim: {reason}")));
        if !session.quiet && (!source.is_arguments() || !summary.is_complete() || took >= Duration::from_secs(1)) {
            let bad = if self.bad > 0 { format!(", {}", counted(self.bad, "bad line")) } else { String::new() };
            note(format_args!("tim: {summary}{bad}; {:.1} s", took.as_secs_f64()));
        }
        if let Some(error) = self.error {
            return Err(InputError::Read { name: source.name(), error }.into());
        }
        if !is_over {
            let of = self.total.map_or(String::new(), |total| format!(" of {total}"));
            let (why, code) = match self.halted {
                Some((why, code)) if !self.interrupted => (format!(": {why}"), code),
                _ => (String::new(), ExitStatus::Interrupted),
            };
            let goes_on = if sink.is_resumable() { "; the same command goes on from there" } else { "" };
            note(format_args!("tim: stopped after {}{of} targets{why}{goes_on}", place.targets));
            return Ok(code);
        }
        if self.changed {
            return Err(InputError::Changed(source.name()).into());
        }
        Ok(if self.bad > 0 { place.summary.verdict().max(ExitStatus::Rejected) } else { place.summary.verdict() })
    }
}
