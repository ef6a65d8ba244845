//! A command of the program `tim` with a journal. Its process is killed and started again until the
//! work is done.

mod files;
mod host;

use std::sync::{Arc, Mutex};
use std::task::Poll;

use tim_cli::core::{
    Checkpoint, Core, Identity, InputState, LoopEnd, Page, PairsLine, PairsText, Part, PositionQueue, Schedule, Start,
    begin, run_loop, save,
};
use tim_follow::follow::{Add, Check, Delete};
use tim_follow::friend::{AddSource, Import, ImportedFriend};
use tim_follow::{Batch as BatchRequest, BatchTemplate, UserId};

use self::files::{AtStart, RunFiles};
use self::host::{BulkHost, Clocks, Taken};
use super::Worker;
use super::batch::{Detail, Done, Key, Places};
use crate::client::AnyClient;
use crate::defect::Defect;
use crate::disk::{Disk, DiskError};
use crate::invariants;
use crate::lock::locked;
use crate::plan::{BatchKind, Bulk, FIRST_WITHOUT_FAULTS, RUNS, RunEnd, Task, When, Work, user};
use crate::sim::Sim;
use crate::wire::Target;

/// The most runs of a command. Each run without faults gets on.
const MAX_RUNS: u32 = FIRST_WITHOUT_FAULTS + 130;

/// What stays when a process ends.
struct Machine {
    disk: Arc<Disk>,
    input: PairsText,
    identity: Identity,
    /// The state behind the whole input.
    end: InputState,
    /// The targets of the input.
    keys: Vec<Key>,
    /// The rows that clients reported for each target.
    reported: Mutex<Vec<Vec<String>>>,
}

/// How a process ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Finished,
    Stopped,
}

/// Runs the task of a process until its work is done.
pub(crate) async fn run(sim: Arc<Sim>, process: usize, task: Task, defect: Option<Defect>) {
    let Work::Bulk(bulk) = &task.work else { return };
    sim.executor.sleep(task.start).await;
    let machine = Machine::new(&sim, bulk, task.id, defect);
    let mut run = 0;
    while sim.violation().is_none() {
        if run == MAX_RUNS {
            // Without time for all calls, those that the output waits for can miss their deadline
            // in each run (seed 30692). The error of a run then says to allow more time.
            if sim.plan.processes[process].calls_have_time() {
                sim.check(invariants::bulk_runs_end(run));
            }
            return sim.end(task.id);
        }
        let id = run * RUNS + task.id;
        sim.begin(id);
        let end = bulk.ends.get(run as usize).copied();
        machine.disk.start(end);
        let Ok(client) = AnyClient::new(&sim, process, defect) else { break };
        let worker = Worker::new(&sim, &client, &sim.plan.processes[process], &Task { id, ..task.clone() });
        drop(client);
        let ended = until_killed(worker.bulk(bulk, &machine, end), end, &sim, process, &machine.disk).await;
        sim.log(|| format!("run {run} of task {} ended: {ended:?}", task.id));
        if ended == Some(Ended::Finished) {
            break;
        }
        if let (None, Some(RunEnd::PowerCut(_))) = (ended, end) {
            machine.disk.cut_power();
        }
        run += 1;
        sim.executor.sleep(bulk.pause).await;
    }
    if sim.violation().is_none() {
        machine.check_end(&sim, &task, run);
    }
    sim.end(task.id);
}

/// The result of a process; `None` if it is killed.
async fn until_killed<T>(
    work: impl Future<Output = T>,
    end: Option<RunEnd>,
    sim: &Sim,
    process: usize,
    disk: &Disk,
) -> Option<T> {
    let when = match end {
        Some(RunEnd::Kill(when) | RunEnd::PowerCut(when)) => Some(when),
        _ => None,
    };
    let mut timer = match when {
        Some(When::After(time)) => Some(Box::pin(sim.executor.sleep(time))),
        _ => None,
    };
    let mut polls = 0;
    let mut work = std::pin::pin!(work);
    let ended = std::future::poll_fn(|cx| {
        let is_time = timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
        if is_time || when == Some(When::Polls(polls)) {
            disk.kill();
            return Poll::Ready(None);
        }
        polls += 1;
        let polled = work.as_mut().poll(cx);
        if disk.is_dead() { Poll::Ready(None) } else { polled.map(Some) }
    });
    let ended = ended.await;
    if ended.is_none() {
        locked(&sim.sharing).kill(sim.plan.processes[process].id);
    }
    ended
}

impl Machine {
    fn new(sim: &Arc<Sim>, bulk: &Bulk, task: u32, defect: Option<Defect>) -> Self {
        let line = |(from, to): &(u32, u32)| format!("{},{}\n", user(*from), user(*to));
        let text: String = bulk.pairs.iter().map(line).collect();
        let input = PairsText::new(text.into_bytes(), bulk.is_file);
        let pairs = input.open_at(InputState::default(), 0).into_iter().flatten();
        let end =
            pairs.filter_map(|line| if let Ok(PairsLine::Pair { state, .. }) = line { Some(state) } else { None });
        let identity = vec![("the command".to_owned(), format!("{:?} of task {task}", bulk.kind))];
        let detail = if bulk.kind == BatchKind::Import { REMARK } else { "" };
        let valid = bulk.pairs.iter().filter(|(from, to)| *from > 0 && *to > 0);
        let keys: Vec<Key> = valid.map(|(from, to)| (user(*from), Target::new(user(*to), detail))).collect();
        Self {
            disk: Arc::new(Disk::new(sim, identity.clone(), task, defect)),
            end: end.last().unwrap_or_default(),
            reported: Mutex::new(vec![Vec::new(); keys.len()]),
            input,
            identity,
            keys,
        }
    }

    /// The targets behind a checkpoint, which are noted in `taken`. `None` if the input cannot be
    /// read.
    fn targets<P: 'static>(
        &self,
        sim: &Arc<Sim>,
        checkpoint: &Checkpoint,
        taken: &Arc<Mutex<Taken>>,
        target: impl Fn(UserId, UserId) -> P + Send + 'static,
    ) -> Option<Box<dyn Iterator<Item = P> + Send>> {
        let lines = self.input.open_at(checkpoint.input_state(), checkpoint.processed);
        sim.check(invariants::inputs_are_recognised(lines.as_ref().err()));
        let (sim, taken) = (Arc::clone(sim), Arc::clone(taken));
        let mut expected = self.keys.get(checkpoint.processed as usize..).unwrap_or_default().to_vec().into_iter();
        let targets = lines.ok()?.filter_map(move |line| {
            sim.check(invariants::inputs_are_recognised(line.as_ref().err()));
            let Ok(PairsLine::Pair { from, to, state }) = line else { return None };
            let users = (from.to_string(), to.to_string());
            let next = expected.next().map(|(from, to)| (from, to.user));
            sim.check(invariants::runs_take_the_targets_behind_their_journal(next.as_ref(), &users));
            let mut taken = locked(&taken);
            taken.positions.add(state);
            taken.count += 1;
            Some(target(from, to))
        });
        Some(Box::new(targets))
    }

    /// Checks the output of all runs together.
    fn check_end(&self, sim: &Sim, task: &Task, last_run: u32) {
        let output = self.disk.output().unwrap_or_default();
        let rows = invariants::rows_of(&output);
        let expected: Vec<_> = self.keys.iter().map(|(from, to)| (from.clone(), to.user.clone())).collect();
        sim.check(invariants::outputs_are_complete(&expected, rows.as_deref()));
        let page = self.disk.journal().and_then(|text| Page::<Checkpoint>::decode(&text, &self.identity).ok());
        let claim = page.map(|page| (page.output_bytes, page.finished));
        sim.check(invariants::finished_runs_stay_finished(Start::decide(claim, self.disk.output_length())));
        let (history, reported) = (locked(&sim.history), locked(&self.reported));
        let text = String::from_utf8_lossy(&output);
        for ((row, line), ((from, to), reported)) in
            rows.into_iter().flatten().zip(text.lines()).zip(self.keys.iter().zip(&*reported))
        {
            sim.check(invariants::rows_are_what_a_client_reported(line, reported));
            let records = (0..=last_run).flat_map(|run| history.of_target(run * RUNS + task.id, from, to));
            let was_done = row.outcome == "done" && records.into_iter().any(|record| record.done);
            sim.check(invariants::rows_agree_with_the_service(&row, was_done));
        }
    }
}

/// The remark of imported friends.
const REMARK: &str = "text";

impl Worker {
    /// One process from its start to its end.
    async fn bulk(&self, bulk: &Bulk, machine: &Machine, end: Option<RunEnd>) -> Ended {
        match bulk.kind {
            BatchKind::Add => self.run_bulk(Add::pairs(), pair, bulk, machine, end).await,
            BatchKind::Delete => self.run_bulk(Delete::pairs(), pair, bulk, machine, end).await,
            BatchKind::Import => {
                let friend = |from: UserId, to: UserId| {
                    (from, ImportedFriend::new(to, AddSource::keyword("Import")).remark(REMARK)).into()
                };
                self.run_bulk(Import::pairs(), friend, bulk, machine, end).await
            }
            BatchKind::Check | BatchKind::Nicks => self.run_bulk(Check::pairs(), pair, bulk, machine, end).await,
        }
    }

    async fn run_bulk<T>(
        &self,
        template: T,
        target: impl Fn(UserId, UserId) -> T::Target + Send + 'static,
        bulk: &Bulk,
        machine: &Machine,
        end: Option<RunEnd>,
    ) -> Ended
    where
        T: BatchTemplate,
        T::Request: BatchRequest<From = UserId, Outcome: Done, Target: Detail>,
    {
        let page = match self.begin_run(machine) {
            Some((Start::Finished, _)) => return Ended::Finished,
            Some((_, page)) => page,
            None => return Ended::Stopped,
        };
        let checkpoint = page.checkpoint.clone();
        let taken = Taken { positions: PositionQueue::new(checkpoint.input_state()), count: 0 };
        let taken = Arc::new(Mutex::new(taken));
        let Some(targets) = machine.targets(&self.sim, &checkpoint, &taken, target) else { return Ended::Stopped };
        let window = 2 * bulk.in_flight * T::Request::max_targets(template.shared()).max(1);
        let mut host = BulkHost {
            worker: self,
            machine,
            outcomes: self.client.batch(template, targets, bulk.in_flight),
            files: RunFiles::new(&machine.disk, bulk.buffer, page),
            taken,
            window,
            before: checkpoint.processed as usize,
            found: 0,
            places: Places::new(),
            clocks: Clocks::new(self, bulk.tick, end),
            schedule: Schedule::new(self.sim.clock(&self.process).instant),
        };
        let mut core = Core::new(checkpoint, true, bulk.fail_fast);
        let loop_end = run_loop(&mut core, &mut host).await;
        self.end_run(bulk, machine, &core, loop_end, &mut host.files)
    }

    /// Writes the last checkpoint, if the output can be written.
    fn end_run(
        &self,
        bulk: &Bulk,
        machine: &Machine,
        core: &Core,
        end: LoopEnd<DiskError>,
        files: &mut RunFiles,
    ) -> Ended {
        let (sim, state) = (&self.sim, core.checkpoint().input_state());
        if end.is_complete(core, true) {
            sim.check(invariants::complete_runs_read_the_whole_input(state, machine.end));
        }
        let changed = bulk.is_file && state.fingerprint != machine.end.fingerprint;
        let part = end.last_part(core, true, changed);
        let saved = match end.output_error {
            Some(error) => Err(error),
            None => save(files, core.checkpoint(), part),
        };
        sim.log(|| format!("{part:?}, halted: {:?}, saved: {saved:?}", core.halt()));
        if saved.is_ok() && part == Part::Finished { Ended::Finished } else { Ended::Stopped }
    }

    /// Opens the output and the journal. `None` if the process cannot begin.
    fn begin_run(&self, machine: &Machine) -> Option<(Start, Page<Checkpoint>)> {
        let (sim, disk) = (&self.sim, &machine.disk);
        let text = disk.journal();
        let mut page = Page::new(machine.identity.clone());
        if let Some(text) = &text {
            let other = vec![("the command".to_owned(), "another one".to_owned())];
            sim.check(invariants::journals_belong_to_one_run(&Page::decode(text, &other)));
            let read = Page::decode(text, &machine.identity);
            sim.check(invariants::journals_are_readable(read.as_ref().err()));
            page = read.ok()?;
        }
        let claim = text.is_some().then_some((page.output_bytes, page.finished));
        let start = Start::decide(claim, disk.output_length());
        sim.check(invariants::runs_can_be_resumed(start));
        let start = start.ok()?;
        sim.log(|| format!("task {}: {start:?}", self.task.id));
        disk.create_output().ok()?;
        begin(&mut AtStart { disk, page: &mut page }, start).ok()?;
        Some((start, page))
    }
}

fn pair<P: From<(UserId, UserId)>>(from: UserId, to: UserId) -> P {
    (from, to).into()
}
