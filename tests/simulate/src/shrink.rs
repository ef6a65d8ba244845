//! Makes a plan smaller while it breaks the same invariant.

mod bulk;

use std::time::Duration;

use crate::plan::{Plan, Task, Work};
use crate::run::Simulator;

/// The most runs of one search.
const MAX_RUNS: usize = 1500;

type Change = Box<dyn Fn(&mut Plan)>;

/// Returns the smallest plan found that breaks this invariant too. It lacks processes, tasks,
/// calls, targets and faults that are not needed for it.
///
/// # Errors
/// A run failed.
pub fn shrink(simulator: &mut Simulator, plan: &Plan, invariant: &str) -> Result<Plan, String> {
    let (mut smallest, mut runs) = (plan.clone(), 0);
    loop {
        let before = runs;
        let mut is_smaller = false;
        // From the last to the first, so that the numbers of the others stay valid.
        for change in changes(&smallest).into_iter().rev() {
            if runs >= MAX_RUNS {
                return Ok(smallest);
            }
            let mut candidate = smallest.clone();
            change(&mut candidate);
            runs += 1;
            let report = simulator.run(&candidate, false)?;
            if report.violation.is_some_and(|violation| violation.invariant == invariant) {
                (smallest, is_smaller) = (candidate, true);
            }
        }
        if !is_smaller || runs == before {
            return Ok(smallest);
        }
    }
}

/// All changes that make a plan smaller by one step. A change that does not apply any more changes
/// nothing.
fn changes(plan: &Plan) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (at, process) in plan.processes.iter().enumerate() {
        if !process.clock.is_empty() {
            changes.push(in_process(at, |process| process.clock.clear()));
        }
        for (number, task) in process.tasks.iter().enumerate() {
            changes.extend(smaller_tasks(task).into_iter().map(|change| in_task(at, number, change)));
        }
    }
    for (at, process) in plan.processes.iter().enumerate() {
        for number in 0..process.tasks.len() {
            changes.push(in_process(at, move |process| drop_at(&mut process.tasks, number)));
        }
    }
    if let Some(redis) = &plan.redis {
        changes.extend(redis.smaller().into_iter().map(|redis| boxed(move |plan| plan.redis = Some(redis.clone()))));
    }
    changes.extend((0..plan.host_faults.len()).map(|at| boxed(move |plan| drop_at(&mut plan.host_faults, at))));
    changes.extend((0..plan.faults.len()).map(|at| boxed(move |plan| drop_at(&mut plan.faults, at))));
    changes.extend((0..plan.service.quirks.len()).map(|at| boxed(move |plan| drop_at(&mut plan.service.quirks, at))));
    if plan.service.max_following.is_some() {
        changes.push(boxed(|plan| plan.service.max_following = None));
    }
    for is_jitter in [false, true] {
        let time = if is_jitter { plan.network.jitter } else { plan.network.handshake };
        if !time.is_zero() {
            changes.push(boxed(move |plan| {
                let network = &mut plan.network;
                *(if is_jitter { &mut network.jitter } else { &mut network.handshake }) = Duration::ZERO;
            }));
        }
    }
    changes.extend((0..plan.processes.len()).map(|at| boxed(move |plan| drop_at(&mut plan.processes, at))));
    changes
}

fn boxed(change: impl Fn(&mut Plan) + 'static) -> Change {
    Box::new(change)
}

fn in_process(at: usize, change: impl Fn(&mut crate::plan::Process) + 'static) -> Change {
    boxed(move |plan| {
        if let Some(process) = plan.processes.get_mut(at) {
            change(process);
        }
    })
}

fn in_task(at: usize, number: usize, change: Task) -> Change {
    in_process(at, move |process| {
        if let Some(task) = process.tasks.get_mut(number).filter(|task| task.id == change.id) {
            *task = change.clone();
        }
    })
}

fn drop_at<T>(list: &mut Vec<T>, at: usize) {
    if at < list.len() {
        list.remove(at);
    }
}

/// The same task with less to do.
fn smaller_tasks(task: &Task) -> Vec<Task> {
    let with = |work| Task { work, ..task.clone() };
    let mut smaller = Vec::new();
    if task.abandoned_after.is_some() {
        smaller.push(Task { abandoned_after: None, ..task.clone() });
    }
    if !task.start.is_zero() {
        smaller.push(Task { start: Duration::ZERO, ..task.clone() });
    }
    match &task.work {
        Work::Calls(calls) => smaller.extend(parts(calls).map(|calls| with(Work::Calls(calls)))),
        Work::Batch(batch) => {
            if batch.stop_after.is_some() {
                let mut batch = batch.clone();
                batch.stop_after = None;
                smaller.push(with(Work::Batch(batch)));
            }
            smaller.extend(parts(&batch.pairs).map(|pairs| {
                let mut batch = batch.clone();
                batch.pairs = pairs;
                with(Work::Batch(batch))
            }));
        }
        Work::Bulk(bulk) => smaller.extend(bulk::smaller(bulk).into_iter().map(|bulk| with(Work::Bulk(bulk)))),
        Work::Sync(sync) => {
            for before in parts(&sync.before) {
                let mut sync = sync.clone();
                sync.before = before;
                smaller.push(with(Work::Sync(sync)));
            }
            for wanted in parts(&sync.wanted) {
                let mut sync = sync.clone();
                sync.wanted = wanted;
                smaller.push(with(Work::Sync(sync)));
            }
        }
        Work::Pages(pages) if pages.followers > 0 => {
            let mut pages = pages.clone();
            pages.followers /= 2;
            smaller.push(with(Work::Pages(pages)));
        }
        Work::Pages(_) => {}
    }
    smaller
}

/// The list without its second half, without its first half and, if it is short, without each of
/// its elements.
fn parts<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    let (first, second) = list.split_at(list.len() / 2);
    let halves = if list.len() > 1 { vec![first.to_vec(), second.to_vec()] } else { Vec::new() };
    let without =
        |at| list.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, one)| one.clone()).collect();
    let single: Vec<Vec<T>> = if list.len() <= 8 { (0..list.len()).map(without).collect() } else { Vec::new() };
    // The last change is tried first.
    single.into_iter().chain(halves)
}
