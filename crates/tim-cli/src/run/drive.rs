//! The loop that all runs share: it takes steps, writes their rows, keeps checkpoints, shows the
//! progress, and handles interrupts.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::core::{Checkpoint, Core, Step};
use super::interrupt::Interrupt;
use super::now;
use super::progress::Progress;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::Row;
use crate::output::sink::{Sink, SinkError};

/// How often buffered rows and the progress are shown.
const TICK: Duration = Duration::from_millis(100);

/// What a run does: the outcomes of a batch, the pages of lists, the users of a sync.
pub(crate) trait Work {
    type Row: Row;

    /// Whether it changes data of the app. If the output breaks, such work is counted to its end.
    const WRITES: bool;

    /// The next step; `None` after the last one. Cancel safe.
    async fn next(&mut self) -> Option<Step<Self::Row>>;

    /// Starts nothing new. Steps of calls in flight still follow.
    fn stop(&mut self);
}

/// The parts of a run that the loop changes.
pub(crate) struct Run<'a> {
    pub(crate) core: Core,
    pub(crate) out: &'a mut Output,
    pub(crate) sink: Sink<Checkpoint>,
    pub(crate) progress: Rc<Progress>,
}

/// How the loop ended.
#[derive(Debug, Default)]
pub(crate) struct LoopEnd {
    pub(crate) interrupted: bool,
    /// Why the output cannot be written.
    pub(crate) output_error: Option<SinkError>,
}

impl Run<'_> {
    /// Takes all steps of `work`.
    pub(crate) async fn drive<W: Work>(&mut self, work: &mut W) -> Result<LoopEnd, Failure> {
        let mut end = LoopEnd::default();
        let mut interrupt = Interrupt::new().map_err(Failure::system)?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let written = tokio::select! {
                step = work.next() => match step {
                    None => break,
                    Some(step) => self.take(work, step),
                },
                () = interrupt.next() => {
                    self.interrupted(work, &mut end);
                    continue;
                }
                _ = tick.tick() => self.tick(),
            };
            if let Err(error) = written {
                self.core.lose_output();
                end.output_error.get_or_insert(error);
                work.stop();
                if !W::WRITES {
                    break;
                }
            }
        }
        self.progress.clear();
        Ok(end)
    }

    fn take<W: Work>(&mut self, work: &mut W, step: Step<W::Row>) -> Result<(), SinkError> {
        let taken = self.core.take(&step);
        step.notes.iter().for_each(|note| self.progress.note(note));
        if taken.stop {
            work.stop();
        }
        if taken.write {
            self.print(step.rows).map_err(|error| self.sink.failed(error))?;
        }
        Ok(())
    }

    fn print(&mut self, rows: Vec<impl Row>) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.out.row(row))
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        self.progress.show(self.core.checkpoint().processed, now());
        if !self.core.can_save() {
            return Ok(());
        }
        self.sink.keep(self.out, self.core.checkpoint(), now)
    }

    fn interrupted<W: Work>(&self, work: &mut W, end: &mut LoopEnd) {
        if end.interrupted {
            self.progress.clear();
            std::process::exit(i32::from(ExitStatus::Interrupted.code()));
        }
        end.interrupted = true;
        work.stop();
        self.progress.note("tim: stopping after the calls in flight; press Ctrl-C again to quit now");
    }
}
