//! A service that counts calls, and a network with connections that open slowly. Without IO or a
//! clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tim_follow::transport::Response;

pub(super) const CALLS_PER_SECOND: usize = 200;
const SECOND: Duration = Duration::from_secs(1);

/// How a service counts calls.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counting {
    /// In seconds that begin at this offset.
    Fixed(Duration),
    /// In the second before each call.
    Sliding,
    /// Not at all: it accepts every call.
    Unlimited,
}

/// The network between a client and the service.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Network {
    /// The time to open a connection. Each connection is used by one call at a time and stays open.
    pub(super) handshake: Duration,
    /// The shortest round trip on an open connection.
    pub(super) latency: Duration,
    /// The maximum additional delay of a request, and of a response.
    pub(super) jitter: (Duration, Duration),
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) network: Network,
    counting: Counting,
    random: u64,
    start: Instant,
    idle_connections: usize,
    accepted: VecDeque<Instant>,
    /// The arrival time of each call, accepted or rejected.
    pub(super) arrivals: Vec<Instant>,
    pub(super) rejected: usize,
}

impl Service {
    pub(super) fn new(counting: Counting, network: Network, start: Instant) -> Self {
        Self {
            network,
            counting,
            random: 7,
            start,
            idle_connections: 0,
            accepted: VecDeque::new(),
            arrivals: Vec::new(),
            rejected: 0,
        }
    }

    /// The time until a request that is sent now arrives.
    pub(super) fn send(&mut self) -> Duration {
        let Network { handshake, latency, jitter } = self.network;
        let opening = if self.idle_connections == 0 { handshake } else { Duration::ZERO };
        self.idle_connections = self.idle_connections.saturating_sub(1);
        opening + latency / 2 + self.at_most(jitter.0)
    }

    /// The response to a call that arrives at `now`, and the time until the client receives it.
    pub(super) fn arrive(&mut self, now: Instant) -> (Response, Duration) {
        self.arrivals.push(now);
        let Network { latency, jitter, .. } = self.network;
        (Response::new(200, self.count(now)), latency / 2 + self.at_most(jitter.1))
    }

    /// Reports that a response reached the client, so that its connection can be used again.
    pub(super) fn returned(&mut self) {
        self.idle_connections += 1;
    }

    fn count(&mut self, now: Instant) -> &'static str {
        let (start, counting) = (self.start, self.counting);
        let second_of = |at: Instant, offset: Duration| (at - start + offset).as_secs();
        let counts = |at: &Instant| match counting {
            Counting::Fixed(offset) => second_of(*at, offset) == second_of(now, offset),
            Counting::Sliding => now - *at < SECOND,
            Counting::Unlimited => false,
        };
        while self.accepted.front().is_some_and(|at| !counts(at)) {
            self.accepted.pop_front();
        }
        if self.accepted.len() >= CALLS_PER_SECOND {
            self.rejected += 1;
            return r#"{"ActionStatus":"FAIL","ErrorCode":60007,"ErrorInfo":""}"#;
        }
        self.accepted.push_back(now);
        r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":0}],"ErrorCode":0}"#
    }

    fn at_most(&mut self, jitter: Duration) -> Duration {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let micros = jitter.as_micros() as u64;
        Duration::from_micros((self.random >> 33) % (micros + 1))
    }

    /// The number of calls in the busiest sliding second.
    pub(super) fn busiest_second(&self) -> usize {
        let arrivals = &self.arrivals;
        let within = |first: usize| arrivals[first..].iter().take_while(|at| **at - arrivals[first] < SECOND).count();
        (0..arrivals.len()).map(within).max().unwrap_or(0)
    }

    /// The rate of calls after the first two windows, as a share of the rate limit.
    pub(super) fn steady_rate(&self) -> f64 {
        let (first, last) = (2 * CALLS_PER_SECOND, (self.arrivals.len() - 1) / CALLS_PER_SECOND * CALLS_PER_SECOND);
        let time = self.arrivals[last] - self.arrivals[first];
        (last - first) as f64 / (CALLS_PER_SECOND as f64 * time.as_secs_f64())
    }
}
