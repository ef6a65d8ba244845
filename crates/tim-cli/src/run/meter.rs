//! Counts the calls of a client, for the progress line.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tim_follow::{Event, EventKind, WaitReason};

/// The time over which the rate is measured.
const SPAN: Duration = Duration::from_secs(5);

/// Counts of the events of a client.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    attempts: AtomicU64,
    rate_limit_waits: AtomicU64,
    retries: AtomicU64,
    /// Why the last retry happened.
    cause: Mutex<String>,
    /// The counts of the last seconds, oldest first.
    samples: Mutex<VecDeque<Sample>>,
}

/// The counts at one time.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    attempts: u64,
    rate_limit_waits: u64,
    retries: u64,
}

impl Meter {
    /// Counts an event of the client.
    pub(crate) fn count(&self, event: &Event<'_>) {
        let counter = match event.kind {
            EventKind::Attempt { .. } => &self.attempts,
            EventKind::Waiting { reason: WaitReason::RateLimit, .. } => &self.rate_limit_waits,
            EventKind::Retrying { error, .. } => {
                let cause = error.code().map_or_else(|| "no response".to_owned(), |code| code.0.to_string());
                *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = cause;
                &self.retries
            }
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The rate of calls, and what they wait for, like `148 of 200 calls/s, rate-limited`. It is
    /// short, because a terminal often has 80 columns.
    pub(super) fn line(&self, limit: Option<u32>, shared: bool, now: Instant) -> String {
        let (first, last) = self.sample(now);
        let seconds = now.saturating_duration_since(first.at).as_secs_f64();
        let mut rate = if seconds > 0.0 { (last.attempts - first.attempts) as f64 / seconds } else { 0.0 };
        let mut line = String::new();
        let _ = match limit {
            Some(limit) => {
                // The limiter allows a second's calls at once, so a span of n seconds can have n +
                // 1 such bursts.
                rate = rate.min(f64::from(limit));
                write!(line, "{rate:.0} of {limit} {}calls/s", if shared { "shared " } else { "" })
            }
            None => write!(line, "{rate:.0} calls/s"),
        };
        if last.retries > first.retries {
            let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = write!(line, ", retrying after {cause}");
        } else if last.rate_limit_waits > first.rate_limit_waits {
            line.push_str(", rate-limited");
        }
        line
    }

    /// The oldest sample of the span, and one of now.
    fn sample(&self, now: Instant) -> (Sample, Sample) {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let (attempts, retries) = (load(&self.attempts), load(&self.retries));
        let last = Sample { at: now, attempts, rate_limit_waits: load(&self.rate_limit_waits), retries };
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(last);
        while samples.get(1).is_some_and(|second| now.saturating_duration_since(second.at) >= SPAN) {
            samples.pop_front();
        }
        (samples.front().copied().unwrap_or(last), last)
    }
}

#[cfg(test)]
mod tests {
    use tim_follow::transport::ClockReading;

    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let (meter, start) = (Meter::default(), ClockReading::system().instant);
        let at = |second: u64| start + Duration::from_secs(second);
        assert_eq!(meter.line(Some(200), false, at(0)), "0 of 200 calls/s");
        meter.attempts.store(40, Ordering::Relaxed);
        assert_eq!(meter.line(Some(200), true, at(2)), "20 of 200 shared calls/s");
        meter.rate_limit_waits.store(1, Ordering::Relaxed);
        assert_eq!(meter.line(None, false, at(4)), "10 calls/s, rate-limited");
        assert_eq!(meter.line(Some(200), false, at(20)), "0 of 200 calls/s");
    }

    #[test]
    fn a_burst_does_not_exceed_the_limit() {
        let (meter, start) = (Meter::default(), ClockReading::system().instant);
        meter.line(Some(150), false, start);
        meter.attempts.store(750, Ordering::Relaxed);
        assert_eq!(meter.line(Some(150), false, start + Duration::from_secs(4)), "150 of 150 calls/s");
    }

    #[test]
    fn the_cause_of_retries_is_shown() {
        let (meter, start) = (Meter::default(), ClockReading::system().instant);
        meter.line(None, false, start);
        "60007".clone_into(&mut meter.cause.lock().unwrap());
        meter.retries.store(1, Ordering::Relaxed);
        assert_eq!(meter.line(None, false, start), "0 calls/s, retrying after 60007");
    }
}
