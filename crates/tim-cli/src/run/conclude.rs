//! The end of a run: the last checkpoint, the summary, and the exit status.

use std::time::Duration;

use super::core::{Checkpoint, Core};
use super::drive::{LoopEnd, Run};
use super::session::Session;
use super::summary::Summary;
use crate::exit::{ExitStatus, Failure};
use crate::input::error::InputError;
use crate::input::source::Source;
use crate::output::{note, terminal};
use crate::text::counted;

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Whether the whole input is processed, so that the output is complete.
    pub(crate) complete: bool,
}

/// What a run knows at its end.
pub(super) struct End<'a> {
    pub(super) session: &'a Session,
    pub(super) source: &'a Source,
    /// What the records of the input are, for example `target`.
    pub(super) noun: &'static str,
    /// How many records there are, if that is known.
    pub(super) total: Option<u64>,
    /// Lines of the input that are not records.
    pub(super) bad: u64,
    /// Why the input ended early.
    pub(super) input_error: Option<InputError>,
    /// Whether the input differs from what preflight read.
    pub(super) changed: bool,
    /// How to find out what was done, if the output is lost. `None` for commands that read.
    pub(super) hint: Option<&'static str>,
    pub(super) took: Duration,
}

impl Ended {
    fn complete(status: ExitStatus) -> Self {
        Self { status, complete: true }
    }
}

impl End<'_> {
    /// Writes the last checkpoint and prints how the run ended.
    pub(super) fn conclude(self, run: Run<'_>, end: LoopEnd) -> Result<Ended, Failure> {
        let Run { core, out, mut sink, .. } = run;
        let resumable = sink.is_resumable();
        let input_ended = self.input_error.is_none();
        let completed = end.is_complete(&core, input_ended);
        let part = end.last_part(&core, input_ended, self.changed);
        let output_error = end.output_error.or_else(|| sink.save(out, core.checkpoint(), part).err());
        let output_error = match (output_error, self.hint) {
            // Nothing was changed, so the error is enough.
            (Some(error), None) => return Err(error.into()),
            (output_error, _) => output_error,
        };
        let summary = &core.checkpoint().summary;
        self.print_summary(core.checkpoint(), output_error.is_some(), core.halt().is_some() || end.interrupted);
        if terminal::lost_messages() && sink.is_file() {
            let summary = summary_of(summary, self.noun);
            terminal::note_on_stdout(format_args!("tim: standard error is broken; {summary}"));
        }
        if let Some(error) = output_error {
            let resumable = resumable && !error.is_of_others();
            return Err(self.output_lost(error.into(), resumable));
        }
        if let Some(error) = self.input_error {
            return Err(error.into());
        }
        if !completed {
            let status = self.stopped(&core, end.interrupted, resumable);
            return Ok(Ended { status, complete: false });
        }
        if self.changed {
            return Err(InputError::Changed(self.source.name()).into());
        }
        let status = summary.status();
        Ok(Ended::complete(if self.bad > 0 { status.max(ExitStatus::Rejected) } else { status }))
    }

    /// Prints the reasons and the counts. If the output is `lost`, they are all that tells what was
    /// done.
    fn print_summary(&self, checkpoint: &Checkpoint, lost: bool, halted: bool) {
        let Checkpoint { summary, entries, .. } = checkpoint;
        summary.reasons().for_each(|reason| note(format_args!("tim: {reason}")));
        let is_short = self.source.is_arguments() && summary.is_complete() && self.took < Duration::from_secs(1);
        if !lost && (self.session.quiet || is_short) {
            return;
        }
        if summary.total() == 0 && self.bad == 0 && self.noun != USER {
            // A plan has processed targets, and sent nothing.
            if checkpoint.processed == 0 && !lost && !halted {
                note(format_args!("tim: {} has no targets", self.source.name()));
            }
            return;
        }
        let bad = if self.bad > 0 { format!(", {}", counted(self.bad, "bad line")) } else { String::new() };
        let entries = match self.noun {
            USER => format!("{}; lists of ", counted(*entries, "entry")),
            _ => String::new(),
        };
        let summary = summary_of(summary, self.noun);
        note(format_args!("tim: {entries}{summary}{bad}; {:.1} s", self.took.as_secs_f64()));
    }

    /// The output broke while the command changed data: what was sent is done all the same.
    fn output_lost(&self, error: Failure, resumable: bool) -> Failure {
        let hint = match (resumable, self.hint) {
            (true, _) => "run the same command again to resume",
            (false, Some(hint)) => hint,
            (false, None) => "run the command again",
        };
        Failure::usage(format!(
            "{}; the summary counts what was sent, and the output lacks a part of it; {hint}",
            error.message()
        ))
    }

    fn stopped(&self, core: &Core, interrupted: bool, resumable: bool) -> ExitStatus {
        let processed = core.checkpoint().processed;
        let of = self.total.map_or(String::new(), |total| format!(" of {total}"));
        let (reason, status) = match core.halt() {
            Some(halt) if !interrupted => (format!(": {}", halt.reason), halt.status),
            _ => (String::new(), ExitStatus::Interrupted),
        };
        let resume = if resumable { "; run the same command again to resume" } else { "" };
        let is_only_user = (self.noun, self.total) == (USER, Some(1));
        let is_unused = processed == 0 && status == ExitStatus::Usage;
        if let Some(halt) = core.halt().filter(|_| !interrupted && (is_only_user || is_unused)) {
            note(format_args!("tim: {}{resume}", halt.reason));
            return status;
        }
        note(format_args!("tim: stopped after {processed}{of} {}s{reason}{resume}", self.noun));
        status
    }
}

/// What the records of an export are.
pub(super) const USER: &str = "user";

/// The counts, with the right noun.
fn summary_of(summary: &Summary, noun: &str) -> String {
    summary.to_string().replacen("target", noun, 1)
}

/// Reports a run that was finished before.
pub(super) fn finished(summary: &Summary, noun: &str) -> Ended {
    note(format_args!("tim: this run is already finished: {}", summary_of(summary, noun)));
    note("tim: to run it again, give another journal and another output");
    Ended::complete(summary.status())
}
