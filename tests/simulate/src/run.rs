//! Runs a plan.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::client::AnyClient;
use crate::defect::Defect;
use crate::executor::until;
use crate::invariants;
use crate::lock::locked;
use crate::plan::{Plan, Process, Work};
use crate::redis::{RedisModel, SCRIPT};
use crate::service::Service;
use crate::sharing::{self, Sharing};
use crate::sim::Sim;
use crate::violation::Violation;
use crate::work::{Worker, bulk};

/// The virtual time after which all tasks must have ended.
const HORIZON: Duration = Duration::from_secs(4 * 60 * 60);

/// Runs plans, one after the other. They share the database, which is empty at the start of each.
#[derive(Debug)]
pub struct Simulator {
    service: Option<Service>,
    redis: Option<RedisModel>,
    defect: Option<Defect>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The first invariant that was broken.
    pub violation: Option<Violation>,
    /// The number of requests.
    pub requests: usize,
    /// How often a task was polled. It is the same for equal plans.
    pub polls: u64,
    /// The virtual time that has passed.
    pub elapsed: Duration,
    /// The lines of the trace; empty without a trace.
    pub trace: Vec<String>,
}

impl Simulator {
    /// Creates a simulator. A planted defect is one that its runs must report.
    ///
    /// # Errors
    /// The database could not be created.
    pub fn new(defect: Option<Defect>) -> Result<Self, String> {
        let service = Service::new().map_err(|error| error.to_string())?;
        Ok(Self { service: Some(service), redis: Some(RedisModel::new(SCRIPT)?), defect })
    }

    /// Runs a plan.
    ///
    /// # Errors
    /// The plan or the database failed, which is a fault of the simulation.
    pub fn run(&mut self, plan: &Plan, traced: bool) -> Result<Report, String> {
        let service = self.service.take().map_or_else(Service::new, Ok);
        let mut service = service.map_err(|error| error.to_string())?;
        service.reset(plan, self.defect).map_err(|error| error.to_string())?;
        let redis = self.redis.take().map_or_else(|| RedisModel::new(SCRIPT), Ok)?;
        let sim = Arc::new(Sim::new(plan.clone(), service, Sharing::new(redis), traced));
        sharing::start(&sim);
        let started = self.start(&sim);
        let run = || sim.executor.run(&|| sim.is_over() || sim.now() > HORIZON);
        let ended = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| text_of(&*panic));
        sim.check(invariants::nothing_panics(ended));
        if sim.violation().is_none() {
            check_end(&sim);
        }
        let report = Report {
            violation: sim.violation(),
            requests: locked(&sim.history).len(),
            polls: sim.executor.polls(),
            elapsed: sim.now(),
            trace: sim.take_trace(),
        };
        // The tasks hold the simulation, and it holds them.
        sim.executor.clear();
        if let Some((service, sharing)) = Arc::into_inner(sim).map(Sim::into_parts) {
            (self.service, self.redis) = (Some(service), Some(sharing.into_redis()));
        }
        started.map(|()| report)
    }

    fn start(&self, sim: &Arc<Sim>) -> Result<(), String> {
        for (index, process) in sim.plan.processes.iter().enumerate() {
            let client = AnyClient::new(sim, index, self.defect).map_err(|error| error.to_string())?;
            if let [task] = &process.tasks[..]
                && matches!(task.work, Work::Bulk(_))
            {
                sim.executor.spawn(bulk::run(Arc::clone(sim), index, task.clone(), self.defect));
            } else if process.is_blocking {
                sim.executor.spawn(run_in_order(workers(sim, &client, process)));
            } else {
                workers(sim, &client, process).into_iter().for_each(|worker| sim.executor.spawn(run_one(worker)));
            }
        }
        Ok(())
    }
}

fn workers(sim: &Arc<Sim>, client: &AnyClient, process: &Process) -> Vec<Worker> {
    process.tasks.iter().map(|task| Worker::new(sim, client, process, task)).collect()
}

/// The tasks of a process with a blocking client.
async fn run_in_order(workers: Vec<Worker>) {
    for worker in workers {
        worker.begin().await;
        worker.run().await;
        worker.end();
    }
}

async fn run_one(worker: Worker) {
    worker.begin().await;
    match worker.abandoned() {
        Some(end) => drop(until(worker.run(), end).await),
        None => worker.run().await,
    }
    worker.end();
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref().cloned()).unwrap_or_default()
}

/// Checks what must hold after a run.
fn check_end(sim: &Sim) {
    sim.check(invariants::all_tasks_end(&sim.unended(), sim.now()));
    let difference = locked(&sim.service).difference();
    match difference {
        Ok(difference) => sim.check(invariants::responses_agree_with_the_tables(difference)),
        Err(error) => sim.check(Err(Violation::new("the_service_works", error.to_string()))),
    }
    if sim.plan.is_quiet {
        sim.check(invariants::quiet_runs_reach_the_limit(&sim.plan, &sim.arrivals(), sim.first_end()));
    }
}
