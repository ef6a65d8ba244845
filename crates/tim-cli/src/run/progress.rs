//! The progress of a bulk command, on standard error.

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tim_follow::{Event, EventKind, WaitReason};
use tokio::time::interval;

use crate::output::{note, terminal};
use crate::time;

/// The progress is shown after this time.
const SILENT: Duration = Duration::from_secs(1);
/// The minimum time between two lines.
const TICK: Duration = Duration::from_millis(50);
/// The period over which a rate is measured.
const SPAN: Duration = Duration::from_secs(5);

/// Counts the events of a client.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    calls: AtomicU64,
    limiter_waits: AtomicU64,
    retries: AtomicU64,
    /// Why the last retry was necessary.
    last_error: Mutex<Option<String>>,
}

impl Meter {
    /// Counts an event.
    pub(crate) fn record(&self, event: &Event<'_>) {
        match event.kind {
            EventKind::Attempt { .. } => self.calls.fetch_add(1, Ordering::Relaxed),
            EventKind::Waiting { reason: WaitReason::RateLimit, .. } => {
                self.limiter_waits.fetch_add(1, Ordering::Relaxed)
            }
            EventKind::Retrying { error, .. } => {
                let error = error.code().map_or_else(|| "no response".to_owned(), |code| code.0.to_string());
                *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                self.retries.fetch_add(1, Ordering::Relaxed)
            }
            _ => return,
        };
    }
}

/// The counts at a time.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    done: u64,
    calls: u64,
    limiter_waits: u64,
    retries: u64,
}

/// Shows the progress of a command. Hidden without a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    meter: Arc<Meter>,
    /// The limit of calls per second.
    limit: Option<u32>,
    total: Option<u64>,
    /// The samples of the last seconds, the oldest first.
    samples: Mutex<VecDeque<Sample>>,
    start: Instant,
    /// Whether other processes share the limit.
    shared: bool,
    /// What is counted. Empty for the targets of a command.
    what: &'static str,
}

impl Progress {
    /// A progress of `total` targets, if their number is known, at `limit` calls per second.
    pub(crate) fn new(limit: Option<u32>, total: Option<u64>, meter: Arc<Meter>, shown: bool, now: Instant) -> Self {
        let target = if shown { terminal::progress_target() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        // There is no bar, because the numbers need most of 80 columns.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        let samples = Mutex::new(VecDeque::new());
        Self { bar, meter, limit, total, samples, start: now, shared: false, what: "" }
    }

    /// Shows that other processes share the limit.
    pub(crate) fn shared(self, shared: bool) -> Self {
        Self { shared, ..self }
    }

    /// Shows what is counted.
    pub(crate) fn of(self, what: &'static str) -> Self {
        Self { what, ..self }
    }

    /// Whether to show the progress: standard error is a terminal, and the rows are not on the same
    /// terminal, where they show the progress themselves.
    pub(crate) fn is_wanted(quiet: bool, rows_on_stdout: bool) -> bool {
        !quiet && terminal::stderr_is_terminal() && !(rows_on_stdout && terminal::stdout_is_terminal())
    }

    /// Shows that `done` targets are processed. Most calls in quick succession show nothing.
    pub(crate) fn show(&self, done: u64, now: Instant) {
        let last = self.samples.lock().unwrap_or_else(PoisonError::into_inner).back().map(|sample| sample.at);
        if last.is_some_and(|last| now.saturating_duration_since(last) < TICK) {
            return;
        }
        let line = self.line(done, now);
        if self.elapsed(now) >= SILENT {
            self.bar.set_message(line);
        }
    }

    /// Shows the number of calls until `work` ends.
    pub(crate) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        let (mut work, mut tick) = (pin!(work), interval(2 * TICK));
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = tick.tick() => self.show(self.meter.calls.load(Ordering::Relaxed), super::now()),
            }
        };
        self.clear();
        done
    }

    /// Prints a message above the progress.
    pub(crate) fn note(&self, text: impl Display) {
        self.bar.suspend(|| note(text));
    }

    /// Removes the progress from the terminal.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// The time since the start of the command.
    pub(crate) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// A measured rate that is not above the limit. A period can start and end with a burst, so the
    /// plain rate over a few seconds can be.
    fn capped(&self, rate: f64) -> f64 {
        self.limit.map_or(rate, |limit| rate.min(f64::from(limit)))
    }

    fn line(&self, done: u64, now: Instant) -> String {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let (calls, limiter_waits) = (load(&self.meter.calls), load(&self.meter.limiter_waits));
        let sample = Sample { at: now, done, calls, limiter_waits, retries: load(&self.meter.retries) };
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(sample);
        while samples.get(1).is_some_and(|second| now.saturating_duration_since(second.at) >= SPAN) {
            samples.pop_front();
        }
        let first = samples.front().copied().unwrap_or(sample);
        let seconds = now.saturating_duration_since(first.at).as_secs_f64();
        let rate = |new: u64, old: u64| if seconds > 0.0 { new.saturating_sub(old) as f64 / seconds } else { 0.0 };
        let last_error = self.meter.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        let waits_for = match &*last_error {
            Some(error) if sample.retries > first.retries => Some(format!("retrying after {error}")),
            _ if limiter_waits > first.limiter_waits => Some("waiting for the rate limit".to_owned()),
            _ => None,
        };
        let view = View {
            done,
            total: self.total,
            what: self.what,
            rate: rate(done, first.done),
            calls: self.capped(rate(calls, first.calls)),
            limit: self.limit,
            shared: self.shared,
            waits_for,
        };
        view.to_string()
    }
}

/// The contents of a line of progress.
struct View {
    done: u64,
    total: Option<u64>,
    what: &'static str,
    /// Targets per second.
    rate: f64,
    /// Calls per second.
    calls: f64,
    limit: Option<u32>,
    shared: bool,
    waits_for: Option<String>,
}

/// `1200 of 5000 (24 %), 150/s, 25s left, 148 of 200 calls/s, waiting for the rate limit`. A narrow
/// terminal cuts the end off, so the least important part is last.
impl Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.done)?;
        if let Some(total) = self.total {
            write!(f, " of {total}")?;
        }
        if !self.what.is_empty() {
            write!(f, " {}", self.what)?;
        }
        if let Some(total) = self.total {
            write!(f, " ({} %)", (self.done * 100).checked_div(total).unwrap_or(100))?;
        }
        write!(f, ", {:.0}/s", self.rate)?;
        match self.total {
            Some(total) if self.rate > 0.0 && total > self.done => {
                write!(f, ", {} left", time::duration(((total - self.done) as f64 / self.rate).ceil() as u64))?;
            }
            _ => {}
        }
        match self.limit {
            Some(limit) => {
                let shared = if self.shared { "shared " } else { "" };
                write!(f, ", {:.0} of {limit} {shared}calls/s", self.calls)?;
            }
            None => write!(f, ", {:.0} calls/s", self.calls)?,
        }
        match &self.waits_for {
            Some(waits_for) => write!(f, ", {waits_for}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tim_follow::transport::ClockReading;

    use super::*;

    fn progress(total: Option<u64>) -> (Progress, Arc<Meter>, Instant) {
        let (meter, start) = (Arc::new(Meter::default()), ClockReading::system().instant);
        (Progress::new(Some(200), total, meter.clone(), false, start), meter, start)
    }

    #[test]
    fn a_line_has_the_counts_the_rates_and_the_time_left() {
        let (progress, meter, start) = progress(Some(1000));
        progress.line(0, start);
        meter.calls.store(40, Ordering::Relaxed);
        let line = progress.line(400, start + Duration::from_secs(2));
        assert_eq!(line, "400 of 1000 (40 %), 200/s, 3s left, 20 of 200 calls/s");
        meter.limiter_waits.store(1, Ordering::Relaxed);
        let line = progress.line(400, start + Duration::from_secs(4));
        assert_eq!(line, "400 of 1000 (40 %), 100/s, 6s left, 10 of 200 calls/s, waiting for the rate limit");
    }

    #[test]
    fn the_rate_of_calls_is_at_most_the_limit() {
        let (progress, meter, start) = progress(None);
        progress.line(0, start);
        meter.calls.store(400, Ordering::Relaxed);
        assert_eq!(progress.line(0, start + Duration::from_secs(1)), "0, 0/s, 200 of 200 calls/s");
    }

    #[test]
    fn only_the_last_seconds_count() {
        let (progress, meter, start) = progress(None);
        let at = |second: u64| start + Duration::from_secs(second);
        progress.line(0, at(0));
        *meter.last_error.lock().unwrap() = Some("60007".to_owned());
        meter.retries.store(1, Ordering::Relaxed);
        assert_eq!(progress.line(1000, at(1)), "1000, 1000/s, 0 of 200 calls/s, retrying after 60007");
        progress.line(1000, at(2));
        assert_eq!(progress.line(1000, at(20)), "1000, 0/s, 0 of 200 calls/s");
    }

    #[test]
    fn the_counted_things_are_named_and_quick_updates_are_skipped() {
        let (progress, _, start) = progress(Some(4));
        let progress = progress.of("lists");
        assert_eq!(progress.line(1, start), "1 of 4 lists (25 %), 0/s, 0 of 200 calls/s");
        let later = start + SILENT;
        progress.show(2, later);
        progress.show(3, later + TICK / 2);
        assert!(progress.bar.message().starts_with("2 of 4 lists"), "{}", progress.bar.message());
        progress.show(3, later + TICK);
        assert!(progress.bar.message().starts_with("3 of 4 lists"), "{}", progress.bar.message());
    }
}
