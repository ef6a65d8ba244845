//! How many calls Redis may grant in a window, and when, as docs/calls.md says.

use super::WINDOW;
use crate::redis::Reply;
use crate::violation::Violation;

const SECOND: u64 = 1_000_000;

/// What Redis knows about a command. Times are those of its clock, in microseconds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the first call can be granted.
    start: Option<u64>,
    /// When throttling was last reported, and how many calls a window had after that.
    cut: Option<(u64, u32)>,
}

impl Pace {
    /// The script ran at `now` with these words, and returned a delay. Returns how many calls a
    /// window has.
    pub(super) fn on_run(&mut self, now: u64, limit: u32, words: &[String], delay: u64) -> Result<u32, Violation> {
        let throttled = words[8] == "1";
        let start = *self.start.get_or_insert(now + WINDOW.as_micros() as u64);
        if delay == 0 && now < start {
            let text = format!("{} is granted {} us too early", words[5], start - now);
            return Err(Violation::new("a_window_passes_without_data", text));
        }
        // A clock that was set back does not make the time after a cut negative.
        self.cut = self.cut.map(|(at, pace)| (at.min(now), pace));
        let mut pace = limit;
        let since = self.cut.map(|(at, _)| now - at);
        if let Some((at, cut)) = self.cut {
            let seconds = u32::try_from((now - at) / SECOND).unwrap_or(u32::MAX);
            pace = limit.min(cut.saturating_add(limit.div_ceil(20).saturating_mul(seconds)));
        }
        if throttled && since.is_none_or(|since| since >= SECOND) {
            let part = if since.is_some_and(|since| since < 5 * SECOND) { 5 } else { 20 };
            pace = (pace - pace.div_ceil(part)).max(1);
            self.cut = Some((now, pace));
        }
        Ok(pace)
    }

    /// Throttling lowers the pace by as much as documented. `found` is the pace that Redis has.
    pub(super) fn check_cut(&self, found: &Result<Reply, String>) -> Result<(), Violation> {
        let expected = self.cut.map_or(Reply::Nil, |(_, pace)| Reply::text(pace.to_string()));
        if found.as_ref() == Ok(&expected) {
            return Ok(());
        }
        Err(Violation::new("throttling_lowers_the_pace", format!("the pace is {found:?}, and should be {expected:?}")))
    }
}

/// When a call may be sent that Redis knows, or when it was granted, in microseconds.
pub(super) fn due(calls: &[(f64, String)], id: &str) -> Option<u64> {
    let is_this =
        |(_, other): &&(f64, String)| other.strip_prefix(id).is_some_and(|rest| ["", ":sent"].contains(&rest));
    calls.iter().rev().find(is_this).map(|(at, _)| *at as u64)
}

/// A call that asks too early gets the same time again. A call that is due waits for at most a
/// window.
pub(super) fn waiting_calls_keep_their_position(due: u64, now: u64, delay: u64) -> Result<(), Violation> {
    let keeps = if due > now { delay == due - now } else { delay <= WINDOW.as_micros() as u64 };
    if keeps {
        return Ok(());
    }
    let text = format!("a call with the time {due} gets {} at {now}", now + delay);
    Err(Violation::new("waiting_calls_keep_their_position", text))
}

/// The position of a call. The slot of a call that was granted has more behind its identifier.
fn slot(calls: &[(f64, String)], id: &str) -> Option<usize> {
    let is_this = |other: &str| other.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    calls.iter().rposition(|(_, other)| is_this(other))
}

/// A call that is new gets a time at which at most a fiftieth of the calls come in a fiftieth of
/// the window.
pub(super) fn new_calls_are_spread(calls: &[(f64, String)], id: &str, pace: u32) -> Result<(), Violation> {
    let Some(at) = slot(calls, id) else { return Ok(()) };
    let part = pace.div_ceil(50);
    // Times are rounded to microseconds.
    let length = (WINDOW.as_micros() as f64 * f64::from(part) / f64::from(pace)).floor() - 1.0;
    let due = calls[at].0;
    let near = calls[..at].iter().filter(|(other, _)| *other > due - length).count();
    if near < part as usize {
        return Ok(());
    }
    let text = format!("{id} comes {length} us after {near} calls, with {pace} calls in a window: {calls:?}");
    Err(Violation::new("new_calls_are_spread", text))
}
