//! The parts that the loop of a run works with: a client, an output, a progress line and signals.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::core::{Checkpoint, Core, Step};
use super::event_loop::{self, Event, Host, run_loop};
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
pub(crate) type LoopEnd = event_loop::LoopEnd<SinkError>;

impl Run<'_> {
    /// Takes all steps of `work`.
    pub(crate) async fn drive<W: Work>(&mut self, work: &mut W) -> Result<LoopEnd, Failure> {
        let interrupt = Interrupt::new().map_err(Failure::system)?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let Self { core, out, sink, progress } = self;
        let mut host = Driven { work, out, sink, progress, interrupt, tick };
        let end = run_loop(core, &mut host).await;
        self.progress.clear();
        Ok(end)
    }
}

/// What the loop works with.
struct Driven<'a, W> {
    work: &'a mut W,
    out: &'a mut Output,
    sink: &'a mut Sink<Checkpoint>,
    progress: &'a Progress,
    interrupt: Interrupt,
    tick: Interval,
}

impl<W: Work> Host for Driven<'_, W> {
    type Row = W::Row;
    type Error = SinkError;

    const WRITES: bool = W::WRITES;

    async fn next(&mut self) -> Event<W::Row> {
        tokio::select! {
            step = self.work.next() => Event::Step(step),
            () = self.interrupt.next() => Event::Interrupt,
            _ = self.tick.tick() => Event::Tick,
        }
    }

    fn stop(&mut self) {
        self.work.stop();
    }

    fn write(&mut self, rows: Vec<W::Row>) -> Result<(), SinkError> {
        rows.iter().try_for_each(|row| self.out.row(row)).map_err(|error| self.sink.failed(error))
    }

    fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), SinkError> {
        self.sink.keep(self.out, checkpoint, now)
    }

    fn note(&mut self, note: &str) {
        self.progress.note(note);
    }

    fn show(&mut self, processed: u64) {
        self.progress.show(processed, now());
    }

    fn interrupted(&mut self, is_first: bool) {
        if !is_first {
            self.progress.clear();
            std::process::exit(i32::from(ExitStatus::Interrupted.code()));
        }
        self.progress.note("tim: stopping after the calls in flight; press Ctrl-C again to quit now");
    }
}
