//! The state of one run, which the transports, the tasks and the observers share.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tim_follow::transport::ClockReading;

use crate::executor::Executor;
use crate::history::{History, Signed};
use crate::invariants;
use crate::lock::locked;
use crate::plan::{Plan, Process};
use crate::service::{START_UNIX, Service};
use crate::sharing::Sharing;
use crate::violation::Violation;

pub(crate) struct Sim {
    pub(crate) executor: Arc<Executor>,
    pub(crate) plan: Plan,
    pub(crate) service: Mutex<Service>,
    pub(crate) history: Mutex<History>,
    pub(crate) sharing: Mutex<Sharing>,
    state: Mutex<State>,
    /// The lines of the trace, if there is one.
    trace: Option<Mutex<Vec<String>>>,
    start: Instant,
}

/// The calls that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Group {
    /// All calls of processes that do not share a limit through Redis.
    #[default]
    All,
    /// The calls that Redis granted.
    Redis,
    /// The calls that this process sent without Redis.
    Share(u32),
}

#[derive(Default)]
struct State {
    violation: Option<Violation>,
    /// The task of the plan that each task of the executor works on.
    working_on: HashMap<usize, u32>,
    /// The number of the attempt that a process announced.
    announced: HashMap<u32, u32>,
    /// The tasks whose batch must not start a call.
    stopped: HashSet<u32>,
    /// When the tasks ended.
    ended: HashMap<u32, Duration>,
    /// Which limit applies to the next request of each process.
    admitted: HashMap<u32, Group>,
    /// When calls of each command arrived, in the current window.
    window: HashMap<(&'static str, Group), VecDeque<Duration>>,
    /// When all calls of each command arrived.
    arrivals: HashMap<&'static str, Vec<Duration>>,
    /// The signatures that processes have sent, and when: the wall clock of the process.
    signatures: Vec<(String, Signed)>,
}

impl Sim {
    pub(crate) fn new(plan: Plan, service: Service, sharing: Sharing, traced: bool) -> Self {
        Self {
            executor: Arc::new(Executor::new(plan.seed)),
            plan,
            service: Mutex::new(service),
            history: Mutex::default(),
            sharing: Mutex::new(sharing),
            state: Mutex::default(),
            trace: traced.then(Mutex::default),
            start: ClockReading::system().instant,
        }
    }

    pub(crate) fn into_parts(self) -> (Service, Sharing) {
        let service = self.service.into_inner().unwrap_or_else(PoisonError::into_inner);
        (service, self.sharing.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn now(&self) -> Duration {
        self.executor.now()
    }

    /// The clocks of a process. Its wall clock can differ from the one of the service.
    pub(crate) fn clock(&self, process: &Process) -> ClockReading {
        let now = self.executor.read_clock();
        let set = process.clock.iter().rev().find(|(at, _)| *at <= now);
        let right = START_UNIX + now.as_secs();
        let unix = right.saturating_add_signed(set.map_or(0, |(_, difference)| *difference));
        ClockReading { instant: self.start.checked_add(now).unwrap_or(self.start), unix }
    }

    /// Records the result of a check.
    pub(crate) fn check(&self, checked: Result<(), Violation>) {
        if let Err(violation) = checked {
            self.log(|| format!("VIOLATION {violation}"));
            locked(&self.state).violation.get_or_insert(violation);
        }
    }

    pub(crate) fn violation(&self) -> Option<Violation> {
        locked(&self.state).violation.clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        let state = locked(&self.state);
        state.violation.is_some() || state.ended.len() == self.plan.tasks().count()
    }

    /// Adds a line to the trace.
    pub(crate) fn log(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let line = format!("{:>13.6} {}", self.now().as_secs_f64(), line());
            locked(trace).push(line);
        }
    }

    pub(crate) fn take_trace(&self) -> Vec<String> {
        self.trace.as_ref().map(|trace| std::mem::take(&mut *locked(trace))).unwrap_or_default()
    }

    /// The current task of the executor works on this task of the plan.
    pub(crate) fn begin(&self, task: u32) {
        let current = self.executor.current();
        locked(&self.state).working_on.insert(current, task);
        self.log(|| format!("task {task} begins"));
    }

    pub(crate) fn end(&self, task: u32) {
        self.log(|| format!("task {task} ends"));
        let now = self.now();
        locked(&self.state).ended.insert(task, now);
    }

    pub(crate) fn unended(&self) -> Vec<u32> {
        let state = locked(&self.state);
        self.plan.tasks().map(|task| task.id).filter(|task| !state.ended.contains_key(task)).collect()
    }

    /// When the first task ended, apart from those that were dropped.
    pub(crate) fn first_end(&self) -> Duration {
        let state = locked(&self.state);
        let tasks = self.plan.tasks().filter(|task| task.abandoned_after.is_none());
        tasks.filter_map(|task| state.ended.get(&task.id)).min().copied().unwrap_or(Duration::MAX)
    }

    pub(crate) fn current_task(&self) -> u32 {
        let current = self.executor.current();
        locked(&self.state).working_on.get(&current).copied().unwrap_or_default()
    }

    /// A process announced that it sends its next request as this attempt.
    pub(crate) fn announce(&self, process: u32, attempt: u32) {
        locked(&self.state).announced.insert(process, attempt);
    }

    pub(crate) fn announced(&self, process: u32) -> u32 {
        locked(&self.state).announced.remove(&process).unwrap_or_default()
    }

    /// The next request of a process belongs to this group.
    pub(crate) fn admit(&self, process: u32, group: Group) {
        locked(&self.state).admitted.insert(process, group);
    }

    pub(crate) fn admitted(&self, process: u32) -> Group {
        locked(&self.state).admitted.remove(&process).unwrap_or_default()
    }

    /// The batch of this task must not start another call.
    pub(crate) fn stop(&self, task: u32) {
        locked(&self.state).stopped.insert(task);
    }

    pub(crate) fn is_stopped(&self, task: u32) -> bool {
        locked(&self.state).stopped.contains(&task)
    }

    /// A process sends this signature. Returns when it was made: it is sent at once.
    pub(crate) fn add_signature(&self, signature: &str, unix: u64) -> Signed {
        let signatures = &mut locked(&self.state).signatures;
        if let Some((_, signed)) = signatures.iter().find(|(known, _)| known == signature) {
            return *signed;
        }
        let signed = Signed { number: signatures.len(), unix };
        signatures.push((signature.to_owned(), signed));
        signed
    }

    /// Checks a text that the client shows.
    pub(crate) fn check_text(&self, text: &str) {
        let checked =
            invariants::no_text_has_a_signature(locked(&self.state).signatures.iter().map(|(one, _)| one), text);
        self.check(checked);
    }

    /// A request of this command arrived at the service in time to be counted.
    pub(crate) fn count(&self, command: &'static str, group: Group) {
        let now = self.now();
        let checked = {
            let mut state = locked(&self.state);
            state.arrivals.entry(command).or_default().push(now);
            let window = state.window.entry((command, group)).or_default();
            window.push_back(now);
            let length = invariants::counted_window(&self.plan, group);
            while window.front().is_some_and(|first| now.saturating_sub(*first) >= length) {
                window.pop_front();
            }
            invariants::calls_stay_within_the_limit(&self.plan, command, group, window)
        };
        self.check(checked);
    }

    /// When the calls of each command arrived.
    pub(crate) fn arrivals(&self) -> HashMap<&'static str, Vec<Duration>> {
        std::mem::take(&mut locked(&self.state).arrivals)
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("now", &self.now()).finish_non_exhaustive()
    }
}
