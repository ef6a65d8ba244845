//! Virtual time for threads: it moves when all of them sleep.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tim_follow::transport::{BlockingTransport, Moment, Request, Response, TransportError};

use super::service::Service;

#[derive(Debug, Clone)]
pub(super) struct Threads {
    clock: Arc<Clock>,
    service: Arc<Mutex<Service>>,
}

#[derive(Debug)]
struct Clock {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug)]
struct State {
    now: Instant,
    awake: usize,
    wakes: BinaryHeap<Reverse<Instant>>,
}

impl Threads {
    /// A clock for this many threads, each of which calls [`finish`](Self::finish) at its end.
    pub(super) fn new(threads: usize, service: Arc<Mutex<Service>>, now: Instant) -> Self {
        let state = State { now, awake: threads, wakes: BinaryHeap::new() };
        Self { clock: Arc::new(Clock { state: Mutex::new(state), moved: Condvar::new() }), service }
    }

    pub(super) fn finish(&self) {
        self.clock.rest(&mut self.clock.state.lock().unwrap());
    }
}

impl Clock {
    /// One thread less is awake; the last one moves the clock to the next wake.
    fn rest(&self, state: &mut State) {
        state.awake -= 1;
        if state.awake > 0 {
            return;
        }
        let Some(Reverse(next)) = state.wakes.peek().copied() else { return };
        state.now = next;
        while state.wakes.peek().is_some_and(|Reverse(wake)| *wake <= next) {
            state.wakes.pop();
            state.awake += 1;
        }
        self.moved.notify_all();
    }

    fn now(&self) -> Instant {
        self.state.lock().unwrap().now
    }
}

impl BlockingTransport for Threads {
    fn send(&self, _: Request) -> Result<Response, TransportError> {
        let way = self.service.lock().unwrap().send();
        self.sleep(way);
        let now = self.clock.now();
        let (response, way) = self.service.lock().unwrap().arrive(now);
        self.sleep(way);
        self.service.lock().unwrap().returned();
        Ok(response)
    }

    fn sleep(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let mut state = self.clock.state.lock().unwrap();
        let until = state.now + time;
        state.wakes.push(Reverse(until));
        self.clock.rest(&mut state);
        drop(self.clock.moved.wait_while(state, |state| state.now < until).unwrap());
    }

    fn now(&self) -> Moment {
        Moment::at(self.clock.now())
    }
}
