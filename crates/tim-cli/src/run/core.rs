//! The decisions of a run: what is written, what the checkpoint holds, and when to stop. No IO, no
//! clock.

use serde::{Deserialize, Serialize};

use super::summary::{Counted, Summary};
use crate::exit::ExitStatus;
use crate::input::fingerprint::Fingerprint;
use crate::input::position::{InputPosition, InputState};

/// A position in a run. Everything before it is processed and in the output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many records of the input are processed: targets, or users of an export.
    pub processed: u64,
    /// Over these records.
    pub fingerprint: Fingerprint,
    /// Where these records end in the input.
    #[serde(default)]
    pub input: InputPosition,
    /// The position in the list of the next user, and how many of its entries are processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<(String, u64)>,
    /// How many entries of lists are in the output.
    #[serde(default)]
    pub entries: u64,
    pub summary: Summary,
}

impl Checkpoint {
    /// The state of the input behind the processed records.
    pub fn input_state(&self) -> InputState {
        InputState { position: self.input, fingerprint: self.fingerprint }
    }
}

/// One piece of work that is done: the outcome of a target, or a page of a list.
#[derive(Debug)]
pub struct Step<R> {
    /// What it adds to the output.
    pub rows: Vec<R>,
    /// How many of the rows are entries of a list.
    pub entries: u64,
    /// What it adds to the summary.
    pub counted: Vec<Counted>,
    /// How it changes the checkpoint.
    pub advance: Advance,
    /// Set if a later run can do it better: the output then ends before it.
    pub halt: Option<Halt>,
    /// Messages for people.
    pub notes: Vec<String>,
}

impl<R> Step<R> {
    /// A step without rows and messages.
    pub fn new(advance: Advance) -> Self {
        Self { rows: Vec::new(), entries: 0, counted: Vec::new(), advance, halt: None, notes: Vec::new() }
    }

    /// A step that ends the run, with or without a journal.
    pub fn halt(reason: String, status: ExitStatus) -> Self {
        let halt = Some(Halt { reason, status, always: true });
        Self { halt, ..Self::new(Advance::List(None)) }
    }
}

/// How a step changes the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// So many records are processed. This is the state of the input behind them.
    Records(u64, InputState),
    /// The list of the current user continues at this position, after so many entries. Without a
    /// position, only the end of the list can be a checkpoint.
    List(Option<(String, u64)>),
}

/// Why a run stops before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    pub reason: String,
    pub status: ExitStatus,
    /// Whether it concerns all later work, so that a run without a journal stops too.
    pub always: bool,
}

/// What happens with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether its rows are written.
    pub write: bool,
    /// Whether no new work is started.
    pub stop: bool,
}

/// The state of a run.
#[derive(Debug)]
pub struct Core {
    checkpoint: Checkpoint,
    /// Whether a later run can resume.
    resumable: bool,
    fail_fast: bool,
    halt: Option<Halt>,
    /// Set when a step is left to a later run. The output ends before it.
    ended: bool,
    /// Set when the output cannot be written. From then on, results are only counted.
    output_lost: bool,
}

impl Core {
    pub fn new(checkpoint: Checkpoint, resumable: bool, fail_fast: bool) -> Self {
        Self { checkpoint, resumable, fail_fast, halt: None, ended: false, output_lost: false }
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Why the run stops, unless it runs to its end.
    pub fn halt(&self) -> Option<&Halt> {
        self.halt.as_ref()
    }

    /// Whether the checkpoint may be saved: everything before it is in the output.
    pub fn can_save(&self) -> bool {
        !self.output_lost
    }

    /// Takes a step into the checkpoint, or leaves it to a later run.
    ///
    /// After the first step with a [`Halt`], a run with a journal writes nothing more: its output
    /// is the start of the results, without gaps.
    pub fn take<R>(&mut self, step: &Step<R>) -> Taken {
        let leave = |stop| Taken { write: false, stop };
        if self.output_lost {
            self.advance(step);
            return leave(false);
        }
        if let Some(halt) = step.halt.as_ref().filter(|halt| self.resumable || halt.always) {
            self.ended = true;
            let is_first = self.halt.is_none();
            self.halt.get_or_insert_with(|| halt.clone());
            return leave(is_first);
        }
        if self.ended && self.resumable {
            return leave(false);
        }
        self.advance(step);
        let failed = step.counted.iter().find(|counted| !counted.is_success());
        let stop = match failed.filter(|_| self.fail_fast && self.halt.is_none()) {
            Some(failed) => {
                let reason = "--fail-fast stops after the first target that is not done".to_owned();
                self.halt = Some(Halt { reason, status: failed.status(), always: true });
                true
            }
            None => false,
        };
        Taken { write: true, stop }
    }

    /// Notes that rows could not be written.
    pub fn lose_output(&mut self) {
        self.output_lost = true;
    }

    fn advance<R>(&mut self, step: &Step<R>) {
        let checkpoint = &mut self.checkpoint;
        step.counted.iter().for_each(|counted| checkpoint.summary.add(counted.clone()));
        checkpoint.entries = checkpoint.entries.saturating_add(step.entries);
        match &step.advance {
            Advance::Records(records, state) => {
                checkpoint.processed = checkpoint.processed.saturating_add(*records);
                checkpoint.fingerprint = state.fingerprint;
                checkpoint.input = state.position;
                checkpoint.list = None;
            }
            Advance::List(Some(list)) => checkpoint.list = Some(list.clone()),
            Advance::List(None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(line: u64) -> InputState {
        let position = InputPosition { line, ..InputPosition::default() };
        InputState { position, ..InputState::default() }
    }

    fn step(target: &str, counted: Counted, halt: Option<Halt>) -> Step<String> {
        Step {
            rows: vec![target.to_owned()],
            entries: 0,
            counted: vec![counted],
            advance: Advance::Records(1, state(1)),
            halt,
            notes: Vec::new(),
        }
    }

    fn halt(always: bool) -> Option<Halt> {
        Some(Halt { reason: "no connection".to_owned(), status: ExitStatus::NoResponse, always })
    }

    fn rejected() -> Counted {
        Counted::Rejected { code: 30003, why: String::new() }
    }

    const WRITTEN: Taken = Taken { write: true, stop: false };
    const LEFT: Taken = Taken { write: false, stop: false };

    #[test]
    fn a_run_with_a_journal_ends_before_what_a_later_run_can_do_better() {
        let mut core = Core::new(Checkpoint::default(), true, false);
        assert_eq!(core.take(&step("a", Counted::Done, None)), WRITTEN);
        assert_eq!(core.take(&step("b", rejected(), halt(false))), Taken { write: false, stop: true });
        assert_eq!(core.take(&step("c", Counted::Done, None)), LEFT);
        assert_eq!(core.take(&step("d", rejected(), halt(true))), LEFT);
        assert_eq!((core.checkpoint().processed, core.checkpoint().summary.total()), (1, 1));
        assert_eq!(core.halt().unwrap().status, ExitStatus::NoResponse);
    }

    #[test]
    fn a_run_without_a_journal_writes_every_outcome_unless_all_later_ones_fail() {
        let mut core = Core::new(Checkpoint::default(), false, false);
        assert_eq!(core.take(&step("a", rejected(), halt(false))), WRITTEN);
        assert_eq!(core.halt(), None);
        assert_eq!(core.take(&step("b", rejected(), halt(true))), Taken { write: false, stop: true });
        assert_eq!(core.take(&step("c", Counted::Done, None)), WRITTEN);
        assert_eq!(core.checkpoint().summary.total(), 2);
    }

    #[test]
    fn fail_fast_stops_after_the_first_failure_and_keeps_the_calls_in_flight() {
        for resumable in [false, true] {
            let mut core = Core::new(Checkpoint::default(), resumable, true);
            assert_eq!(core.take(&step("a", Counted::Done, None)), WRITTEN);
            assert_eq!(core.take(&step("b", rejected(), None)), Taken { write: true, stop: true });
            assert_eq!(core.take(&step("c", rejected(), None)), WRITTEN);
            assert_eq!(core.take(&step("d", rejected(), halt(true))), LEFT);
            assert_eq!(core.checkpoint().processed, 3);
            assert_eq!(core.halt().unwrap().status, ExitStatus::Rejected);
        }
    }

    #[test]
    fn results_are_counted_after_the_output_is_lost() {
        let mut core = Core::new(Checkpoint::default(), true, false);
        assert!(core.can_save());
        core.lose_output();
        assert_eq!(core.take(&step("a", Counted::Done, None)), LEFT);
        assert_eq!(core.take(&step("b", rejected(), halt(true))), LEFT);
        assert_eq!((core.checkpoint().summary.total(), core.can_save()), (2, false));
    }

    #[test]
    fn a_list_has_checkpoints_between_its_pages() {
        let mut core = Core::new(Checkpoint::default(), true, false);
        let page = |advance, counted| Step::<String> {
            rows: Vec::new(),
            entries: 100,
            counted,
            advance,
            halt: None,
            notes: Vec::new(),
        };
        core.take(&page(Advance::List(Some(("c2".to_owned(), 100))), Vec::new()));
        assert_eq!(core.checkpoint().list, Some(("c2".to_owned(), 100)));
        core.take(&page(Advance::Records(1, state(7)), vec![Counted::Done]));
        let Checkpoint { processed, input, list, entries, summary, .. } = core.checkpoint();
        assert_eq!((*processed, *input, list, *entries, summary.total()), (1, state(7).position, &None, 200, 1));
    }
}
