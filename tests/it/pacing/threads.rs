//! Virtual time for threads: it advances when all threads sleep.

use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tim_follow::transport::{BlockingTransport, ClockReading, Request, Response, TransportError};

use super::service::Service;

#[derive(Debug, Clone)]
pub(super) struct Threads {
    clock: Arc<Mutex<Clock>>,
    service: Arc<Mutex<Service>>,
}

#[derive(Debug)]
struct Clock {
    now: Instant,
    awake: usize,
    asleep: Vec<(Instant, Thread)>,
}

impl Threads {
    /// A clock for this many threads, each of which calls [`finish`](Self::finish) at its end.
    pub(super) fn new(threads: usize, service: Arc<Mutex<Service>>, now: Instant) -> Self {
        Self { clock: Arc::new(Mutex::new(Clock { now, awake: threads, asleep: Vec::new() })), service }
    }

    pub(super) fn finish(&self) {
        self.clock.lock().unwrap().rest();
    }
}

impl Clock {
    /// Counts a thread as asleep. The last one advances the clock to the earliest time at which a
    /// thread wakes up.
    fn rest(&mut self) {
        self.awake -= 1;
        if self.awake > 0 {
            return;
        }
        let Some(next) = self.asleep.iter().map(|(until, _)| *until).min() else { return };
        self.now = next;
        for (_, thread) in self.asleep.extract_if(.., |(until, _)| *until <= next) {
            self.awake += 1;
            thread.unpark();
        }
    }
}

impl BlockingTransport for Threads {
    fn send(&self, _: Request) -> Result<Response, TransportError> {
        let way = self.service.lock().unwrap().send();
        self.sleep(way);
        let now = self.clock.lock().unwrap().now;
        let (response, way) = self.service.lock().unwrap().arrive(now);
        self.sleep(way);
        self.service.lock().unwrap().returned();
        Ok(response)
    }

    fn sleep(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let mut clock = self.clock.lock().unwrap();
        let until = clock.now + time;
        clock.asleep.push((until, thread::current()));
        clock.rest();
        while clock.now < until {
            drop(clock);
            thread::park();
            clock = self.clock.lock().unwrap();
        }
    }

    fn now(&self) -> ClockReading {
        ClockReading::at(self.clock.lock().unwrap().now)
    }
}
