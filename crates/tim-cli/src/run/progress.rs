//! The progress line on standard error.

use std::fmt::{Display, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::meter::Meter;
use crate::output::{note, terminal};

/// A command that takes less time shows no progress.
const SILENT: Duration = Duration::from_secs(1);

/// Shows how many records of a run are processed. Shows nothing without a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    meter: Arc<Meter>,
    calls_per_second: Option<u32>,
    /// Whether other processes share the limit.
    shared: bool,
    start: Instant,
    /// Whether the line is shown once the command takes long.
    wanted: bool,
    visible: AtomicBool,
}

impl Progress {
    /// `total` is the number of records, if it is known.
    pub(crate) fn new(
        calls_per_second: Option<u32>,
        total: Option<u64>,
        meter: Arc<Meter>,
        wanted: bool,
        now: Instant,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style(""));
        let visible = AtomicBool::new(false);
        Self { bar, meter, calls_per_second, shared: false, start: now, wanted, visible }
    }

    /// Shows that other processes share the limit.
    pub(crate) fn shared(self, shared: bool) -> Self {
        Self { shared, ..self }
    }

    /// Shows what is counted, for example `users`.
    pub(crate) fn of(self, what: &'static str) -> Self {
        self.bar.set_style(style(what));
        self
    }

    /// Whether a person could see the line: standard error is a terminal, and the rows, which are
    /// progress enough, do not go to the same one.
    pub(crate) fn is_wanted(quiet: bool, rows_on_stdout: bool) -> bool {
        !quiet && terminal::stderr_is_terminal() && !(rows_on_stdout && terminal::stdout_is_terminal())
    }

    /// Shows that `done` records are processed.
    pub(crate) fn show(&self, done: u64, now: Instant) {
        if self.wanted && self.elapsed(now) >= SILENT && !self.visible.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(terminal::progress_target());
        }
        self.bar.set_message(self.meter.line(self.calls_per_second, self.shared, now));
        self.bar.set_position(done);
    }

    /// Prints a message above the line.
    pub(crate) fn note(&self, text: impl Display) {
        self.bar.suspend(|| note(text));
    }

    /// Removes the line from the terminal.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// The duration of the command.
    pub(crate) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }
}

/// `1200 of 5000 (24 %), 150/s, 25 s left, 148 of 200 calls/s`. A narrow terminal cuts off the end.
fn style(what: &'static str) -> ProgressStyle {
    let done = move |state: &ProgressState, f: &mut dyn Write| {
        let _ = write_done(f, state.pos(), state.len(), what);
    };
    let rate = |state: &ProgressState, f: &mut dyn Write| {
        let _ = write!(f, "{:.0}/s", state.per_sec());
    };
    let left = |state: &ProgressState, f: &mut dyn Write| {
        if state.len().is_some_and(|total| total > state.pos()) && state.per_sec() > 0.0 {
            let _ = write!(f, ", {} left", HumanDuration(state.eta()));
        }
    };
    // No bar: on 80 columns, the numbers need the space.
    let style = ProgressStyle::with_template("{done}, {rate}{left}, {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("done", done).with_key("rate", rate).with_key("left", left)
}

fn write_done(f: &mut dyn Write, done: u64, total: Option<u64>, what: &str) -> std::fmt::Result {
    write!(f, "{done}")?;
    if let Some(total) = total {
        write!(f, " of {total}")?;
    }
    if !what.is_empty() {
        write!(f, " {what}")?;
    }
    match total {
        Some(total) => {
            write!(f, " ({} %)", done.saturating_mul(100).checked_div(total).unwrap_or(100))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_starts_with_what_is_done() {
        let line = |done, total, what| {
            let mut text = String::new();
            write_done(&mut text, done, total, what).unwrap();
            text
        };
        assert_eq!(line(400, Some(1000), ""), "400 of 1000 (40 %)");
        assert_eq!(line(1, Some(4), "users"), "1 of 4 users (25 %)");
        assert_eq!(line(7, None, ""), "7");
        assert_eq!(line(0, Some(0), ""), "0 of 0 (100 %)");
    }
}
