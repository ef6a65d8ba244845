//! Counts requests, and reports those that were rejected.

use super::receiving::Rejected;
use super::row::EventRow;
use crate::output::note;
use crate::text::counted;

/// This many rejected requests are reported in a second. More are counted.
const LINES_PER_SECOND: u64 = 10;

/// Counts requests.
#[derive(Debug, Default)]
pub(super) struct Tally {
    received: u64,
    duplicates: u64,
    rejected: u64,
    /// Events that the application did not accept.
    failed: u64,
    lines: Lines,
}

/// How many lines the current second has.
#[derive(Debug, Default)]
struct Lines {
    second: u64,
    printed: u64,
    left_out: u64,
}

impl Tally {
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn event(&mut self, row: &EventRow) {
        self.received = self.received.saturating_add(1);
        self.duplicates = self.duplicates.saturating_add(u64::from(row.duplicate));
        self.failed = self.failed.saturating_add(u64::from(row.receipt.ok == Some(false)));
    }

    /// Counts and reports a rejected request. `now` is in Unix seconds.
    pub(super) fn rejected(&mut self, rejected: &Rejected, now: u64) {
        let Rejected { peer, method, rejection } = rejected;
        self.rejected = self.rejected.saturating_add(1);
        let (is_printed, left_out) = self.lines.next(now);
        report(left_out);
        if is_printed {
            let status = rejection.status();
            note(format_args!("tim: rejected {method} from {peer} with HTTP {status}: {rejection}"));
        }
    }

    /// Prints the summary.
    pub(super) fn finish(&self, quiet: bool, is_forwarded: bool) {
        report(self.lines.left_out);
        if !quiet {
            note(self.summary(is_forwarded));
        }
    }

    fn summary(&self, is_forwarded: bool) -> String {
        let Self { received, duplicates, rejected, failed, .. } = self;
        let failed = if is_forwarded { format!(", {failed} not accepted by the application") } else { String::new() };
        let (received, duplicates) = (counted(*received, "event"), counted(*duplicates, "duplicate"));
        format!("tim: {received} received ({duplicates}), {} rejected{failed}", counted(*rejected, "request"))
    }
}

fn report(left_out: u64) {
    if left_out > 0 {
        note(format_args!("tim: {} more rejected", counted(left_out, "request")));
    }
}

impl Lines {
    /// Whether the next line is printed, and how many were left out in an earlier second.
    fn next(&mut self, now: u64) -> (bool, u64) {
        let mut left_out = 0;
        if self.second != now {
            left_out = std::mem::take(self).left_out;
            self.second = now;
        }
        let is_printed = self.printed < LINES_PER_SECOND;
        match is_printed {
            true => self.printed = self.printed.saturating_add(1),
            false => self.left_out = self.left_out.saturating_add(1),
        }
        (is_printed, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_ten_lines_and_the_next_one_reports_how_many_were_left_out() {
        let mut lines = Lines::default();
        let first: Vec<_> = (0..13).map(|_| lines.next(7)).collect();
        assert_eq!(first.iter().filter(|(is_printed, _)| *is_printed).count(), 10);
        assert!(first.iter().all(|(_, left_out)| *left_out == 0));
        assert_eq!([lines.next(8), lines.next(8)], [(true, 3), (true, 0)]);
    }

    #[test]
    fn the_summary_has_the_failures_of_the_application_only_if_there_is_one() {
        let tally = Tally { received: 3, duplicates: 1, rejected: 2, failed: 1, lines: Lines::default() };
        assert_eq!(tally.summary(false), "tim: 3 events received (1 duplicate), 2 requests rejected");
        assert!(tally.summary(true).ends_with("rejected, 1 not accepted by the application"));
    }
}
