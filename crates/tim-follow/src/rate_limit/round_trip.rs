//! The smallest round trip of the calls of one command.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pace::WINDOW;

/// Keeps the smallest round trip of a call on an open connection.
///
/// A call that opens a connection takes longer, and when many do so at once, none of them shows the
/// round trip of the calls that follow. Therefore this counts idle connections as a pool does: a
/// response makes its connection idle, and the next call takes it. A call of another command can
/// take it too.
#[derive(Debug)]
pub(super) struct RoundTrip {
    /// The smallest of the current period and of the one before it, so that a longer route replaces
    /// a shorter one.
    current: Option<Duration>,
    previous: Option<Duration>,
    /// The same for calls that opened a connection. Their round trips are too long, so they do not
    /// show the smallest one, but the smallest one is not longer.
    current_opened: Option<Duration>,
    previous_opened: Option<Duration>,
    /// The number of round trips in the current period, and in a whole one.
    samples: u32,
    period: u32,
    /// The idle connections that calls of this command have used.
    idle: Idle,
    /// The idle connections of all commands.
    shared: IdleConnections,
}

/// The number of idle connections that the commands of an app share.
#[derive(Debug, Clone, Default)]
pub(super) struct IdleConnections(Arc<Mutex<Idle>>);

#[derive(Debug, Default)]
struct Idle {
    connections: u32,
    last_response: Option<Instant>,
}

impl Idle {
    /// Takes a connection at `now`; returns whether there was one. Connections without a response
    /// for a window count as closed.
    fn take(&mut self, now: Instant) -> bool {
        if self.last_response.is_none_or(|last| now.saturating_duration_since(last) > WINDOW) {
            self.connections = 0;
        }
        let has_one = self.connections > 0;
        self.connections = self.connections.saturating_sub(1);
        has_one
    }

    /// A response arrived on a connection at `now`.
    fn put(&mut self, now: Instant) {
        self.connections = self.connections.saturating_add(1);
        self.last_response = Some(now);
    }
}

impl RoundTrip {
    /// Keeps the smallest of at least the last `period` round trips.
    pub(super) fn new(period: u32, shared: IdleConnections) -> Self {
        let (current, previous, current_opened, previous_opened) = (None, None, None, None);
        let idle = Idle::default();
        Self { current, previous, current_opened, previous_opened, samples: 0, period, idle, shared }
    }

    /// The smallest round trip; zero until one on an open connection has been seen.
    pub(super) fn smallest(&self) -> Duration {
        let Some(smallest) = min(self.current, self.previous) else { return Duration::ZERO };
        min(self.current_opened, self.previous_opened).map_or(smallest, |opened| opened.min(smallest))
    }

    /// A call is sent at `now`; returns whether it probably uses an open connection.
    pub(super) fn sent(&mut self, now: Instant) -> bool {
        let is_ours_idle = self.idle.take(now);
        self.with_shared(|shared| shared.take(now)) && is_ours_idle
    }

    /// The response to the call arrived at `now`, this long after it was sent.
    pub(super) fn record(&mut self, round_trip: Duration, warm: bool, now: Instant) {
        self.idle.put(now);
        self.with_shared(|shared| shared.put(now));
        if !warm {
            self.current_opened = min(self.current_opened, Some(round_trip));
            return;
        }
        self.current = min(self.current, Some(round_trip));
        self.samples = self.samples.saturating_add(1);
        if self.samples >= self.period {
            (self.previous, self.current, self.samples) = (self.current, None, 0);
            (self.previous_opened, self.current_opened) = (self.current_opened, None);
        }
    }

    fn with_shared<T>(&self, act: impl FnOnce(&mut Idle) -> T) -> T {
        act(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn min(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do as the start of virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn calls_that_open_connections_do_not_count() {
        let (mut round_trip, now) = (RoundTrip::new(10, IdleConnections::default()), start());
        assert_eq!([round_trip.sent(now), round_trip.sent(now)], [false, false], "two connections open");
        round_trip.record(150 * MS, false, now);
        round_trip.record(150 * MS, false, now);
        assert_eq!(round_trip.smallest(), Duration::ZERO, "not known yet");
        assert_eq!([round_trip.sent(now), round_trip.sent(now), round_trip.sent(now)], [true, true, false]);
        round_trip.record(9 * MS, true, now);
        assert_eq!(round_trip.smallest(), 9 * MS);
        round_trip.record(8 * MS, false, now);
        assert_eq!(round_trip.smallest(), 8 * MS, "a smaller one always counts");
    }

    #[test]
    fn a_call_that_opened_a_connection_bounds_the_round_trip_of_the_others() {
        let (mut round_trip, now) = (RoundTrip::new(10, IdleConnections::default()), start());
        round_trip.record(20 * MS, false, now);
        round_trip.record(350 * MS, true, now);
        assert_eq!(round_trip.smallest(), 20 * MS, "the second response was late");
    }

    #[test]
    fn a_call_of_another_command_takes_a_connection() {
        let (shared, now) = (IdleConnections::default(), start());
        let (mut one, mut other) = (RoundTrip::new(10, shared.clone()), RoundTrip::new(10, shared));
        one.record(MS, false, now);
        other.sent(now);
        assert!(!one.sent(now));
    }

    #[test]
    fn connections_that_were_idle_for_long_are_taken_for_closed() {
        let (mut round_trip, now) = (RoundTrip::new(10, IdleConnections::default()), start());
        round_trip.record(MS, false, now);
        assert!(!round_trip.sent(now + WINDOW + MS));
    }

    #[test]
    fn a_longer_route_replaces_a_shorter_one() {
        let (mut round_trip, now) = (RoundTrip::new(10, IdleConnections::default()), start());
        round_trip.record(MS, true, now);
        (0..10).for_each(|_| round_trip.record(30 * MS, true, now));
        assert_eq!(round_trip.smallest(), MS);
        (0..10).for_each(|_| round_trip.record(30 * MS, true, now));
        assert_eq!(round_trip.smallest(), 30 * MS);
    }
}
