//! Runs tasks on one thread in virtual time. Time passes only while no task can run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::lock::locked;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
type Run = Box<dyn FnOnce() + Send>;

/// The tasks, the clock and the events to come. The order of tasks that can run at the same time is
/// random, from the seed.
pub(crate) struct Executor {
    state: Mutex<State>,
    woken: Arc<Mutex<Vec<usize>>>,
    /// `None` while a task is polled, and after its end.
    tasks: Mutex<Vec<Option<(Task, Waker)>>>,
}

struct State {
    now: Duration,
    events: BinaryHeap<Reverse<Event>>,
    next_number: u64,
    random: fastrand::Rng,
    current: usize,
    polls: u64,
    /// How often the clock was read since the last poll or event.
    readings: u32,
}

/// The most readings of the clock in one poll.
const MAX_READINGS: u32 = 100_000;

/// Something that happens at a time. The number makes the order of equal times random, but the same
/// in each run.
struct Event {
    at: Duration,
    number: (u32, u64),
    action: Action,
}

enum Action {
    Wake(Weak<Timer>),
    Run(Run),
}

/// Wakes a task at a time, unless the sleep was dropped.
struct Timer(Mutex<Waker>);

struct TaskWaker {
    task: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut woken = locked(&self.woken);
        if !woken.contains(&self.task) {
            woken.push(self.task);
        }
    }
}

impl Executor {
    pub(crate) fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let events = BinaryHeap::new();
        let state = State { now: Duration::ZERO, events, next_number: 0, random, current: 0, polls: 0, readings: 0 };
        Self { state: Mutex::new(state), woken: Arc::default(), tasks: Mutex::default() }
    }

    /// The virtual time since the start.
    pub(crate) fn now(&self) -> Duration {
        locked(&self.state).now
    }

    /// The virtual time, for a client.
    ///
    /// # Panics
    /// A task reads the clock again and again without waiting. Nothing else can end it.
    #[expect(clippy::panic, reason = "a loop inside a client has no other end; the run reports it")]
    pub(crate) fn read_clock(&self) -> Duration {
        let mut state = locked(&self.state);
        state.readings += 1;
        if state.readings > MAX_READINGS {
            panic!("a task does not wait");
        }
        state.now
    }

    /// The task that runs now.
    pub(crate) fn current(&self) -> usize {
        locked(&self.state).current
    }

    /// How often a task was polled.
    pub(crate) fn polls(&self) -> u64 {
        locked(&self.state).polls
    }

    /// Adds a task. Tasks have the numbers 0, 1, and so on.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = locked(&self.tasks);
        let task = tasks.len();
        let waker = Waker::from(Arc::new(TaskWaker { task, woken: Arc::clone(&self.woken) }));
        waker.wake_by_ref();
        tasks.push(Some((Box::pin(work), waker)));
    }

    /// Runs `act` at this time.
    pub(crate) fn at(&self, time: Duration, act: impl FnOnce() + Send + 'static) {
        locked(&self.state).add(time, Action::Run(Box::new(act)));
    }

    pub(crate) fn sleep(self: &Arc<Self>, time: Duration) -> Sleep {
        Sleep { executor: Arc::clone(self), until: self.now().saturating_add(time), timer: None }
    }

    /// Runs tasks and lets time pass until `is_over`, or until nothing can happen any more. A task
    /// that blocks its thread calls this too: the other tasks then run inside it.
    pub(crate) fn run(&self, is_over: &dyn Fn() -> bool) {
        while !is_over() {
            if !self.poll_one() && !self.next_event() {
                return;
            }
        }
    }

    /// Runs the other tasks for this time.
    pub(crate) fn block(&self, time: Duration) {
        let until = self.now().saturating_add(time);
        self.at(until, || {});
        self.run(&|| self.now() >= until);
    }

    /// Drops all tasks and events.
    pub(crate) fn clear(&self) {
        let tasks = std::mem::take(&mut *locked(&self.tasks));
        let events = std::mem::take(&mut locked(&self.state).events);
        drop((tasks, events));
    }

    /// Polls one of the tasks that can run; returns whether there was one.
    fn poll_one(&self) -> bool {
        let number = {
            let mut woken = locked(&self.woken);
            if woken.is_empty() {
                return false;
            }
            let at = locked(&self.state).random.usize(..woken.len());
            woken.swap_remove(at)
        };
        let task = locked(&self.tasks).get_mut(number).and_then(Option::take);
        let Some((mut task, waker)) = task else { return true };
        let before = {
            let mut state = locked(&self.state);
            state.polls += 1;
            state.readings = 0;
            std::mem::replace(&mut state.current, number)
        };
        let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
        locked(&self.state).current = before;
        if polled.is_pending()
            && let Some(slot) = locked(&self.tasks).get_mut(number)
        {
            *slot = Some((task, waker));
        }
        true
    }

    /// Advances the clock to the next event; returns whether there was one.
    fn next_event(&self) -> bool {
        let action = {
            let mut state = locked(&self.state);
            let Some(Reverse(Event { at, action, .. })) = state.events.pop() else { return false };
            // A sleep that was dropped does not advance the clock.
            if matches!(&action, Action::Wake(timer) if timer.strong_count() == 0) {
                return true;
            }
            state.now = state.now.max(at);
            state.readings = 0;
            action
        };
        match action {
            Action::Wake(timer) => {
                if let Some(timer) = timer.upgrade() {
                    locked(&timer.0).wake_by_ref();
                }
            }
            Action::Run(run) => run(),
        }
        true
    }
}

impl State {
    fn add(&mut self, at: Duration, action: Action) {
        self.next_number += 1;
        let number = (self.random.u32(..), self.next_number);
        self.events.push(Reverse(Event { at, number, action }));
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Ends at a time.
pub(crate) struct Sleep {
    executor: Arc<Executor>,
    until: Duration,
    timer: Option<Arc<Timer>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.executor.now() >= self.until {
            return Poll::Ready(());
        }
        match &self.timer {
            Some(timer) => locked(&timer.0).clone_from(cx.waker()),
            None => {
                let timer = Arc::new(Timer(Mutex::new(cx.waker().clone())));
                locked(&self.executor.state).add(self.until, Action::Wake(Arc::downgrade(&timer)));
                self.timer = Some(timer);
            }
        }
        Poll::Pending
    }
}

/// The result of `work`, or `None` if `end` completes first.
pub(crate) async fn until<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut end) = (std::pin::pin!(work), std::pin::pin!(end));
    std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => end.as_mut().poll(cx).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn forever() -> bool {
        false
    }

    #[test]
    fn tasks_run_in_the_order_of_their_sleeps() {
        let (executor, order) = (Arc::new(Executor::new(1)), Arc::new(Mutex::new(Vec::new())));
        for seconds in [3, 1, 2] {
            let (executor, order) = (Arc::clone(&executor), Arc::clone(&order));
            executor.clone().spawn(async move {
                executor.sleep(SECOND * seconds).await;
                locked(&order).push((seconds, executor.now()));
            });
        }
        executor.run(&forever);
        assert_eq!(*locked(&order), [(1, SECOND), (2, SECOND * 2), (3, SECOND * 3)]);
    }

    #[test]
    fn a_dropped_sleep_does_not_advance_the_clock() {
        let executor = Arc::new(Executor::new(1));
        let inside = Arc::clone(&executor);
        executor.spawn(async move {
            assert_eq!(until(inside.sleep(SECOND), inside.sleep(SECOND * 60)).await, Some(()));
        });
        executor.run(&forever);
        assert_eq!(executor.now(), SECOND);
    }

    #[test]
    fn other_tasks_run_while_one_blocks() {
        let (executor, ended) = (Arc::new(Executor::new(1)), Arc::new(Mutex::new(None)));
        let (blocks, sleeps) = (Arc::clone(&executor), Arc::clone(&executor));
        let seen = Arc::clone(&ended);
        executor.spawn(async move {
            blocks.block(SECOND * 5);
            assert_eq!(*locked(&seen), Some(SECOND * 2), "the other task has ended");
            assert_eq!(blocks.now(), SECOND * 5);
        });
        let ended = Arc::clone(&ended);
        executor.spawn(async move {
            sleeps.sleep(SECOND * 2).await;
            *locked(&ended) = Some(sleeps.now());
            sleeps.sleep(SECOND * 60).await;
        });
        executor.run(&forever);
        assert_eq!(executor.now(), SECOND * 62);
    }
}
