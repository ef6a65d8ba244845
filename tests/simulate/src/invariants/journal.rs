//! What must hold for the output and the journal of a run that is killed and resumed.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde_json::Value;
use tim_cli::core::{Checkpoint, Conflict, InputState, Page, PageError, Start};

use super::Checked;
use crate::disk::File;
use crate::violation::Violation;

fn checked(holds: bool, invariant: &'static str, text: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation::new(invariant, text())) }
}

/// Every file that can be the journal after a power cut is on the disk as a whole.
pub(crate) fn journals_are_whole<'a>(mut journals: impl Iterator<Item = &'a File>) -> Checked {
    let is_whole = journals.all(File::is_synced);
    checked(is_whole, "journals_are_whole", || "a power cut can leave a part of the journal".to_owned())
}

/// No file that can be the journal after a power cut claims more than what the output has on the
/// disk. `certain` is `None` if the output can be missing.
pub(crate) fn journals_claim_what_is_on_the_disk(
    mut claims: impl Iterator<Item = u64>,
    certain: Option<u64>,
) -> Checked {
    let Some(claim) = claims.find(|claim| certain.is_none_or(|certain| certain < *claim)) else { return Ok(()) };
    let text = format!("the journal claims {claim} bytes, and {certain:?} are certain");
    Err(Violation::new("journals_claim_what_is_on_the_disk", text))
}

/// A journal can be read after any end of the program, by the run to which it belongs.
pub(crate) fn journals_are_readable(error: Option<&PageError>) -> Checked {
    checked(error.is_none(), "journals_are_readable", || format!("{error:?}"))
}

/// A journal cannot be used by another run.
pub(crate) fn journals_belong_to_one_run(read: &Result<Page<Checkpoint>, PageError>) -> Checked {
    let is_rejected = matches!(read, Err(PageError::OtherRun { .. }));
    checked(is_rejected, "journals_belong_to_one_run", || format!("another run reads {read:?}"))
}

/// The journal and the output allow the run to begin.
pub(crate) fn runs_can_be_resumed(start: Result<Start, Conflict>) -> Checked {
    checked(start.is_ok(), "runs_can_be_resumed", || format!("{start:?}"))
}

/// A resumed run can read its input.
pub(crate) fn inputs_are_recognised(problem: Option<&String>) -> Checked {
    checked(problem.is_none(), "inputs_are_recognised", || format!("{problem:?}"))
}

/// The checkpoint behind all targets has the state of the input at its end.
pub(crate) fn complete_runs_read_the_whole_input(state: InputState, end: InputState) -> Checked {
    checked(state == end, "complete_runs_read_the_whole_input", || {
        format!("a run ends at {state:?}, and not at {end:?}")
    })
}

/// Only the run itself changes its output.
pub(crate) fn outputs_have_the_written_length(length: Option<usize>, written: usize) -> Checked {
    checked(length == Some(written), "outputs_have_the_written_length", || {
        format!("the output has {length:?} bytes, and {written} were written")
    })
}

/// A resumed run takes the targets behind those that its journal claims, one after the other.
pub(crate) fn runs_take_the_targets_behind_their_journal<T: PartialEq + Debug>(
    expected: Option<&T>,
    taken: &T,
) -> Checked {
    checked(expected == Some(taken), "runs_take_the_targets_behind_their_journal", || {
        format!("a run takes {taken:?}, and the next target is {expected:?}")
    })
}

/// A killed run gets to its end when it is started again and again.
pub(crate) fn bulk_runs_end(runs: u32) -> Checked {
    checked(false, "bulk_runs_end", || format!("the work is not done after {runs} runs"))
}

/// The rows at the start of an output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowsSoFar {
    bytes: usize,
    rows: u64,
    done: u64,
    rejected: BTreeMap<i64, u64>,
    not_attempted: u64,
    unknown: u64,
}

impl RowsSoFar {
    /// Adds the rows up to `end`.
    fn read_to(&mut self, output: &[u8], end: usize) -> Option<()> {
        if end < self.bytes {
            *self = Self::default();
        }
        let new = output.get(self.bytes..end)?;
        let new = new.strip_suffix(b"\n").or_else(|| new.is_empty().then_some(new))?;
        for row in new.split(|byte| *byte == b'\n').filter(|row| !row.is_empty()) {
            let row: Value = serde_json::from_slice(row).ok()?;
            self.rows += 1;
            match row["outcome"].as_str()? {
                "done" => self.done += 1,
                "rejected" => *self.rejected.entry(row["code"].as_i64().unwrap_or_default()).or_default() += 1,
                "not_attempted" => self.not_attempted += 1,
                _ => self.unknown += 1,
            }
        }
        self.bytes = end;
        Some(())
    }
}

/// A journal claims whole rows, as many as it has processed records, and its summary is the sum of
/// their outcomes. `rows` are those that the journal before claims.
pub(crate) fn journals_agree_with_their_rows(page: &Page<Checkpoint>, output: &[u8], rows: &mut RowsSoFar) -> Checked {
    let Checkpoint { processed, summary, .. } = &page.checkpoint;
    let is_read = rows.read_to(output, usize::try_from(page.output_bytes).unwrap_or(usize::MAX)).is_some();
    let agrees = rows.rows == *processed
        && rows.done == summary.done
        && rows.rejected == summary.rejected
        && rows.not_attempted == summary.not_attempted
        && rows.unknown == summary.unknown;
    checked(is_read && agrees, "journals_agree_with_their_rows", || {
        format!("the journal says {:?}, and its rows are {rows:?}", page.checkpoint)
    })
}

/// A row of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputRow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) outcome: String,
}

/// The rows of an output; `None` if it has something else.
pub(crate) fn rows_of(output: &[u8]) -> Option<Vec<OutputRow>> {
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        Some(OutputRow { from: text("from")?, to: text("to")?, outcome: text("outcome")? })
    };
    str::from_utf8(output).ok()?.lines().map(row).collect()
}

/// The output of a finished run has one row for each target, in the order of the input.
pub(crate) fn outputs_are_complete(expected: &[(String, String)], rows: Option<&[OutputRow]>) -> Checked {
    let is_same = |(row, (from, to)): (&OutputRow, &(String, String))| row.from == *from && row.to == *to;
    let is_complete = rows.is_some_and(|rows| rows.len() == expected.len() && rows.iter().zip(expected).all(is_same));
    checked(is_complete, "outputs_are_complete", || format!("{} targets, and the rows are {rows:?}", expected.len()))
}

/// A row is what a client reported for its target.
pub(crate) fn rows_are_what_a_client_reported(row: &str, reported: &[String]) -> Checked {
    let is_reported = reported.iter().any(|one| one == row);
    checked(is_reported, "rows_are_what_a_client_reported", || format!("{row}, and reported were {reported:?}"))
}

/// A row says that a target is done only if the service has done it, and a run with a journal
/// leaves targets that were not attempted to a later run.
pub(crate) fn rows_agree_with_the_service(row: &OutputRow, was_done: bool) -> Checked {
    let agrees = match row.outcome.as_str() {
        "done" => was_done,
        "not_attempted" => false,
        _ => true,
    };
    checked(agrees, "rows_agree_with_the_service", || format!("{row:?}, done by the service: {was_done}"))
}

/// A target whose last request had no connection is left to a later run.
pub(crate) fn targets_without_a_connection_are_left(row: &str, is_away: bool) -> Checked {
    checked(!is_away, "targets_without_a_connection_are_left", || format!("written: {row}"))
}

/// The last journal says that the run is finished.
pub(crate) fn finished_runs_stay_finished(start: Result<Start, Conflict>) -> Checked {
    checked(start == Ok(Start::Finished), "finished_runs_stay_finished", || format!("{start:?}"))
}
