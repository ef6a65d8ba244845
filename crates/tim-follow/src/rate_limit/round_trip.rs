//! The smallest round trip of the calls of one command.

use std::time::{Duration, Instant};

use super::pace::WINDOW;

/// Keeps the smallest round trip of a call on an open connection.
///
/// A call that opens a connection takes longer, and when many do so at once, none of them shows the
/// round trip of the calls that follow. Therefore this counts idle connections as a pool does: a
/// response makes its connection idle, and the next call takes it.
#[derive(Debug)]
pub(super) struct RoundTrip {
    /// The smallest of the current period and of the one before it, so that a longer route replaces
    /// a shorter one.
    current: Option<Duration>,
    previous: Option<Duration>,
    /// The number of round trips in the current period, and in a whole one.
    samples: u32,
    period: u32,
    idle_connections: u32,
    last_response: Option<Instant>,
}

impl RoundTrip {
    /// Keeps the smallest of at least the last `period` round trips.
    pub(super) fn new(period: u32) -> Self {
        Self { current: None, previous: None, samples: 0, period, idle_connections: 0, last_response: None }
    }

    /// The smallest round trip; zero until one on an open connection has been seen.
    pub(super) fn smallest(&self) -> Duration {
        self.current.into_iter().chain(self.previous).min().unwrap_or_default()
    }

    /// A call is sent at `now`; returns whether it probably uses an open connection.
    pub(super) fn sent(&mut self, now: Instant) -> bool {
        if self.last_response.is_none_or(|last| now.saturating_duration_since(last) > WINDOW) {
            self.idle_connections = 0;
        }
        let warm = self.idle_connections > 0;
        self.idle_connections = self.idle_connections.saturating_sub(1);
        warm
    }

    /// The response to a call arrived at `now`, this long after it was sent.
    pub(super) fn record(&mut self, round_trip: Duration, warm: bool, now: Instant) {
        self.idle_connections = self.idle_connections.saturating_add(1);
        self.last_response = Some(now);
        if !warm && round_trip >= self.smallest() {
            return;
        }
        self.current = Some(self.current.map_or(round_trip, |smallest| smallest.min(round_trip)));
        self.samples = self.samples.saturating_add(1);
        if self.samples >= self.period {
            (self.previous, self.current, self.samples) = (self.current, None, 0);
        }
    }
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
        let (mut round_trip, now) = (RoundTrip::new(10), start());
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
    fn connections_that_were_idle_for_long_are_taken_for_closed() {
        let (mut round_trip, now) = (RoundTrip::new(10), start());
        round_trip.record(MS, false, now);
        assert!(!round_trip.sent(now + WINDOW + MS));
    }

    #[test]
    fn a_longer_route_replaces_a_shorter_one() {
        let (mut round_trip, now) = (RoundTrip::new(10), start());
        round_trip.record(MS, true, now);
        (0..10).for_each(|_| round_trip.record(30 * MS, true, now));
        assert_eq!(round_trip.smallest(), MS);
        (0..10).for_each(|_| round_trip.record(30 * MS, true, now));
        assert_eq!(round_trip.smallest(), 30 * MS);
    }
}
