//! One line for each call, on standard error.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use tim_emulator::CallRecord;
use tim_follow::Printable;

use crate::output::note;
use crate::time;

/// Prints lines on a thread of its own, so that a slow terminal does not delay the calls.
pub(super) struct Printer {
    finished: Receiver<()>,
}

impl Printer {
    /// This many lines wait for the terminal. More are left out and counted.
    const MAX_WAITING: usize = 10_000;
    /// How long the end waits for lines that are not printed yet.
    const MAX_WAIT: Duration = Duration::from_secs(1);

    /// Starts the thread. It ends after the returned function is dropped.
    pub(super) fn start() -> (Self, impl Fn(&CallRecord) + Send + Sync + 'static) {
        let (lines, waiting) = sync_channel::<String>(Self::MAX_WAITING);
        let (finish, finished) = sync_channel(1);
        thread::spawn(move || {
            waiting.iter().for_each(note);
            let _ = finish.send(());
        });
        let lost = AtomicU64::new(0);
        (Self { finished }, move |call: &CallRecord| print(&lines, &lost, call))
    }

    /// Waits until the last line is printed.
    pub(super) fn finish(self) {
        let _ = self.finished.recv_timeout(Self::MAX_WAIT);
    }
}

fn print(lines: &SyncSender<String>, lost: &AtomicU64, call: &CallRecord) {
    let mut line = String::new();
    let before = lost.swap(0, Ordering::Relaxed);
    if before > 0 {
        let _ = writeln!(line, "tim: {before} calls are not shown, because standard error is too slow");
    }
    let _ = write!(line, "{}", CallLine(call));
    if let Err(TrySendError::Full(_)) = lines.try_send(line) {
        lost.fetch_add(before.saturating_add(1), Ordering::Relaxed);
    }
}

/// A call in one line: `12:03:04.567 follow_add alice -> bob: code 0, 0.6 ms`.
struct CallLine<'a>(&'a CallRecord);

impl fmt::Display for CallLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(call) = self;
        f.write_str(&time::time_of_day(call.at_ms))?;
        match call.command {
            Some(command) => write!(f, " {command}")?,
            None => write!(f, " {} {}", Printable(call.request().method()), Printable(call.request().path()))?,
        }
        if let Some(user) = &call.user {
            write!(f, " {}", Printable(user))?;
        }
        match call.targets.as_slice() {
            [] => {}
            [target] => write!(f, " -> {}", Printable(target))?,
            targets => write!(f, " -> {} targets", targets.len())?,
        }
        f.write_str(": ")?;
        match (call.status(), call.code) {
            (None, _) => f.write_str("connection closed")?,
            (Some(200), Some(code)) => write!(f, "code {code}")?,
            (Some(status), _) => write!(f, "HTTP {status}")?,
        }
        match call.item_codes.as_slice() {
            [] => {}
            [code] => write!(f, ", 1 item failed ({code})")?,
            [first, ..] => write!(f, ", {} items failed (first {first})", call.item_codes.len())?,
        }
        write!(f, ", {:.1} ms", call.duration.as_secs_f64() * 1000.0)?;
        match call.faults.as_slice() {
            [] => Ok(()),
            faults => {
                f.write_str(if faults.len() == 1 { ", fault" } else { ", faults" })?;
                faults.iter().try_for_each(|fault| write!(f, " {fault}"))
            }
        }
    }
}
