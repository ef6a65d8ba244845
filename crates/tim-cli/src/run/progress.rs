//! How far a bulk command is, on standard error, for people who watch.

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

/// What takes less time needs no progress.
const SILENT: Duration = Duration::from_secs(1);
/// How long a line stays at least.
const TICK: Duration = Duration::from_millis(50);
/// Over how long a rate is measured.
const SPAN: Duration = Duration::from_secs(5);

/// What the client says about its calls.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    calls: AtomicU64,
    quota_waits: AtomicU64,
    repeats: AtomicU64,
    trouble: Mutex<Option<String>>,
}

impl Meter {
    /// Takes an event of the client.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        match event.kind {
            EventKind::Attempt { .. } => self.calls.fetch_add(1, Ordering::Relaxed),
            EventKind::Waiting { reason: WaitReason::RateLimit, .. } => {
                self.quota_waits.fetch_add(1, Ordering::Relaxed)
            }
            EventKind::Retrying { error, .. } => {
                let trouble = error.code().map_or_else(|| "no answer".to_owned(), |code| code.0.to_string());
                *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
                self.repeats.fetch_add(1, Ordering::Relaxed)
            }
            _ => return,
        };
    }
}

/// How far things are at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    done: u64,
    calls: u64,
    quota_waits: u64,
    repeats: u64,
}

/// Shows how far a command is. Silent without a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    meter: Arc<Meter>,
    quota: Option<u32>,
    total: Option<u64>,
    /// Of the last seconds; the first one is the oldest.
    samples: Mutex<VecDeque<Sample>>,
    start: Instant,
    /// Whether other processes share the limit.
    shared: bool,
    /// What is counted; empty for the targets of a command.
    what: &'static str,
}

impl Progress {
    /// `quota` in calls a second; `total` targets, if their number is known.
    pub(crate) fn new(quota: Option<u32>, total: Option<u64>, meter: Arc<Meter>, shown: bool, now: Instant) -> Self {
        let target = if shown { terminal::progress_target() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        // No bar: on 80 columns, numbers need the place.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        let samples = Mutex::new(VecDeque::new());
        Self { bar, meter, quota, total, samples, start: now, shared: false, what: "" }
    }

    /// Shows that other processes share the limit.
    pub(crate) fn shared(self, shared: bool) -> Self {
        Self { shared, ..self }
    }

    /// Says with the numbers what is counted.
    pub(crate) fn of(self, what: &'static str) -> Self {
        Self { what, ..self }
    }

    /// Whether somebody could see it: standard error is a terminal, and the rows, which are progress enough, do not go to
    /// the same one.
    pub(crate) fn is_wanted(quiet: bool, rows_on_stdout: bool) -> bool {
        !quiet && terminal::stderr_is_terminal() && !(rows_on_stdout && terminal::stdout_is_terminal())
    }

    /// `done` targets are through. It may be told more often than it shows.
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

    /// Shows the number of calls while this works.
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

    /// Says something beside the progress.
    pub(crate) fn note(&self, text: impl Display) {
        self.bar.suspend(|| note(text));
    }

    /// Takes the progress off the terminal.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// How long the command runs.
    pub(crate) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    fn line(&self, done: u64, now: Instant) -> String {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let (calls, quota_waits) = (load(&self.meter.calls), load(&self.meter.quota_waits));
        let sample = Sample { at: now, done, calls, quota_waits, repeats: load(&self.meter.repeats) };
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(sample);
        while samples.get(1).is_some_and(|second| now.saturating_duration_since(second.at) >= SPAN) {
            samples.pop_front();
        }
        let first = samples.front().copied().unwrap_or(sample);
        let seconds = now.saturating_duration_since(first.at).as_secs_f64();
        let rate = |new: u64, old: u64| if seconds > 0.0 { new.saturating_sub(old) as f64 / seconds } else { 0.0 };
        let trouble = self.meter.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let waits_for = match &*trouble {
            Some(trouble) if sample.repeats > first.repeats => Some(format!("repeating after {trouble}")),
            _ if quota_waits > first.quota_waits => Some("waiting for quota".to_owned()),
            _ => None,
        };
        let view = View {
            done,
            total: self.total,
            what: self.what,
            rate: rate(done, first.done),
            calls: rate(calls, first.calls),
            quota: self.quota,
            shared: self.shared,
            waits_for,
        };
        view.to_string()
    }
}

/// What one line of progress says.
struct View {
    done: u64,
    total: Option<u64>,
    what: &'static str,
    /// Targets a second.
    rate: f64,
    /// Calls a second.
    calls: f64,
    quota: Option<u32>,
    shared: bool,
    waits_for: Option<String>,
}

/// `1200 of 5000 (24 %), 150/s, 25 s left, 148 of 200 calls/s, waiting for quota`: what may be cut off comes last.
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
                write!(f, ", {} left", duration(((total - self.done) as f64 / self.rate).ceil() as u64))?;
            }
            _ => {}
        }
        match self.quota {
            Some(quota) => {
                let shared = if self.shared { "shared " } else { "" };
                write!(f, ", {:.0} of {quota} {shared}calls/s", self.calls)?;
            }
            None => write!(f, ", {:.0} calls/s", self.calls)?,
        }
        match &self.waits_for {
            Some(waits_for) => write!(f, ", {waits_for}"),
            None => Ok(()),
        }
    }
}

/// A number of seconds as people say it, in its two largest units.
pub(crate) fn duration(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, ..) => format!("{days} d {hours} h"),
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
    fn a_line_says_how_far_how_fast_and_how_long() {
        let (progress, meter, start) = progress(Some(1000));
        progress.line(0, start);
        meter.calls.store(40, Ordering::Relaxed);
        let line = progress.line(400, start + Duration::from_secs(2));
        assert_eq!(line, "400 of 1000 (40 %), 200/s, 3 s left, 20 of 200 calls/s");
        meter.quota_waits.store(1, Ordering::Relaxed);
        let line = progress.line(400, start + Duration::from_secs(4));
        assert_eq!(line, "400 of 1000 (40 %), 100/s, 6 s left, 10 of 200 calls/s, waiting for quota");
    }

    #[test]
    fn only_the_last_seconds_count() {
        let (progress, meter, start) = progress(None);
        let at = |second: u64| start + Duration::from_secs(second);
        progress.line(0, at(0));
        *meter.trouble.lock().unwrap() = Some("60007".to_owned());
        meter.repeats.store(1, Ordering::Relaxed);
        assert_eq!(progress.line(1000, at(1)), "1000, 1000/s, 0 of 200 calls/s, repeating after 60007");
        progress.line(1000, at(2));
        assert_eq!(progress.line(1000, at(20)), "1000, 0/s, 0 of 200 calls/s");
    }

    #[test]
    fn what_is_counted_may_be_named_and_is_not_shown_too_often() {
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

    #[test]
    fn a_duration_has_two_units() {
        assert_eq!([59, 61, 3661, 90_061].map(duration), ["59 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]);
    }
}
