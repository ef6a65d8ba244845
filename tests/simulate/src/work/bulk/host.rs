//! What the loop of a run works with: a client, the simulated disk and the virtual clock.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use fastrand::Rng;
use tim_cli::core::{Checkpoint, Event, Host, PositionQueue, Schedule, Step, pair_row, save_if_due, target_step};
use tim_follow::{Batch as BatchRequest, BatchItem, BatchTemplate, Endpoint, Outcome, UserId};

use super::files::RunFiles;
use super::{Machine, Worker};
use crate::client::AnyOutcomes;
use crate::disk::DiskError;
use crate::executor::Sleep;
use crate::history::Seen;
use crate::invariants;
use crate::lock::locked;
use crate::plan::RunEnd;
use crate::work::batch::{Detail, Done, Places, key};

pub(super) type Targets<T> = Box<dyn Iterator<Item = <T as BatchTemplate>::Target> + Send>;

/// The targets that a batch has taken.
pub(super) struct Taken {
    pub(super) positions: PositionQueue,
    pub(super) count: usize,
}

/// A row of the output.
#[derive(Debug)]
pub(super) struct Row {
    text: String,
    /// Whether the target had no response, and its last request had no connection.
    is_away: bool,
}

pub(super) struct BulkHost<'a, T: BatchTemplate> {
    pub(super) worker: &'a Worker,
    pub(super) machine: &'a Machine,
    pub(super) outcomes: AnyOutcomes<T, Targets<T>>,
    pub(super) files: RunFiles,
    pub(super) taken: Arc<Mutex<Taken>>,
    /// How many targets the batch may hold.
    pub(super) window: usize,
    /// How many targets were processed before this run.
    pub(super) before: usize,
    /// How many outcomes this run has.
    pub(super) found: usize,
    pub(super) places: Places,
    pub(super) clocks: Clocks,
    pub(super) schedule: Schedule,
}

/// The events that time causes.
pub(super) struct Clocks {
    interval: Duration,
    tick: Pin<Box<Sleep>>,
    interrupt: Option<Pin<Box<Sleep>>>,
    random: Rng,
}

impl Clocks {
    pub(super) fn new(worker: &Worker, interval: Duration, end: Option<RunEnd>) -> Self {
        let sleep = |time| Box::pin(worker.sim.executor.sleep(time));
        let interrupt = if let Some(RunEnd::Interrupt(after)) = end { Some(sleep(after)) } else { None };
        let random = Rng::with_seed(worker.sim.plan.seed ^ u64::from(worker.task.id));
        Self { interval, tick: sleep(Duration::ZERO), interrupt, random }
    }

    fn poll<R>(&mut self, worker: &Worker, cx: &mut Context<'_>) -> Poll<Event<R>> {
        if let Some(interrupt) = &mut self.interrupt
            && interrupt.as_mut().poll(cx).is_ready()
        {
            self.interrupt = None;
            return Poll::Ready(Event::Interrupt);
        }
        std::task::ready!(self.tick.as_mut().poll(cx));
        self.tick = Box::pin(worker.sim.executor.sleep(self.interval));
        Poll::Ready(Event::Tick)
    }
}

impl<T> Host for BulkHost<'_, T>
where
    T: BatchTemplate,
    T::Request: BatchRequest<From = UserId, Outcome: Done, Target: Detail>,
{
    type Row = Row;
    type Error = DiskError;

    const WRITES: bool = true;

    async fn next(&mut self) -> Event<Row> {
        let is_dead = self.files.disk.is_dead();
        let item = {
            let (clocks, worker) = (&mut self.clocks, self.worker);
            let mut next = pin!(self.outcomes.next());
            std::future::poll_fn(|cx| {
                // A killed process does nothing more.
                if is_dead {
                    return Poll::Pending;
                }
                // The order in which both are looked at is random.
                let time_first = clocks.random.bool();
                if time_first && let Poll::Ready(event) = clocks.poll(worker, cx) {
                    return Poll::Ready(Err(event));
                }
                match next.as_mut().poll(cx) {
                    Poll::Ready(item) => Poll::Ready(Ok(item)),
                    Poll::Pending if time_first => Poll::Pending,
                    Poll::Pending => clocks.poll(worker, cx).map(Err),
                }
            })
            .await
        };
        match item {
            Ok(item) => Event::Step(item.map(|item| self.step(&item))),
            Err(event) => event,
        }
    }

    fn stop(&mut self) {
        if self.outcomes.stopped_by().is_none() {
            self.outcomes.stop();
            self.worker.sim.stop(self.worker.task.id);
        }
    }

    fn write(&mut self, rows: Vec<Row>) -> Result<(), DiskError> {
        rows.iter().try_for_each(|row| {
            self.worker.sim.check(invariants::targets_without_a_connection_are_left(&row.text, row.is_away));
            self.files.row(&row.text)
        })
    }

    fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), DiskError> {
        let worker = self.worker;
        let clock = || worker.sim.clock(&worker.process).instant;
        save_if_due(&mut self.files, &mut self.schedule, checkpoint, clock)
    }

    fn note(&mut self, _: &str) {}

    fn show(&mut self, _: u64) {}

    fn interrupted(&mut self, _: bool) {
        self.worker.sim.log(|| format!("task {} is interrupted", self.worker.task.id));
    }
}

impl<T> BulkHost<'_, T>
where
    T: BatchTemplate,
    T::Request: BatchRequest<From = UserId, Outcome: Done, Target: Detail>,
{
    /// The step of the next outcome, which is checked.
    fn step(&mut self, item: &BatchItem<T::Request>) -> Step<Row> {
        let (sim, key) = (&self.worker.sim, key(item));
        let (taken, state) = {
            let mut taken = locked(&self.taken);
            (taken.count, taken.positions.next())
        };
        sim.check(invariants::the_window_of_a_batch_is_bounded(taken, self.found, self.window));
        let at = self.before + self.found;
        let expected = self.machine.keys.get(at..).unwrap_or_default();
        sim.check(invariants::each_target_has_one_outcome(expected, std::slice::from_ref(&key), false));
        let begin = self.worker.begin_of_item(&key, self.found, self.window, &mut self.places);
        self.worker.check_outcome(item, &key, begin);
        self.found += 1;
        let text = pair_row(item).unwrap_or_default();
        if let Some(reported) = locked(&self.machine.reported).get_mut(at) {
            reported.push(text.clone());
        }
        let records = locked(&sim.history).of_target(self.worker.task.id, &key.0, &key.1);
        let had_response = records.iter().any(|record| !matches!(record.seen, Seen::NotSent | Seen::NoResponse));
        let is_away = matches!(item.outcome, Outcome::Unknown { .. })
            && !had_response
            && records.last().is_some_and(|record| record.seen == Seen::NotSent);
        let service = <T::Request as Endpoint>::SERVICE;
        let step = target_step(service, &item.outcome, self.outcomes.stopped_by(), state);
        if step.halt.is_some() {
            sim.stop(self.worker.task.id);
        }
        Step { rows: vec![Row { text, is_away }], ..step }
    }
}
