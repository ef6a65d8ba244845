//! How many targets came to what: the last line of a bulk command, and its exit code.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tim_follow::{Error, ErrorCode, Outcome, Printable};

use crate::exit::ExitStatus;
use crate::text::counted;

/// Counts by outcome.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) done: u64,
    /// By code.
    pub(crate) refused: BTreeMap<i64, u64>,
    pub(crate) not_attempted: u64,
    pub(crate) unknown: u64,
    /// The worst of the exit codes.
    exit: ExitStatus,
    /// What the service said with a code, or why there was no answer, once for each.
    #[serde(skip)]
    reasons: BTreeMap<Reason, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Refused(i64),
    NotAttempted,
    Unknown,
}

impl Summary {
    /// Counts an outcome of `command`.
    pub(crate) fn add<T>(&mut self, service: &str, outcome: &Outcome<T>) {
        let (reason, exit) = match outcome {
            Outcome::Done(_) => {
                self.done += 1;
                return;
            }
            Outcome::Rejected(rejection) => {
                *self.refused.entry(rejection.code.0).or_default() += 1;
                (Reason::Refused(rejection.code.0), ExitStatus::Rejected)
            }
            Outcome::NotAttempted { reason: why } => {
                self.not_attempted += 1;
                (Reason::NotAttempted, ExitStatus::of_call(why))
            }
            Outcome::Unknown { reason: why } => {
                self.unknown += 1;
                (Reason::Unknown, why.as_deref().map_or(ExitStatus::Rejected, ExitStatus::of_call))
            }
            _ => return,
        };
        self.exit = self.exit.max(exit);
        self.reasons.entry(reason).or_insert_with(|| explained(service, outcome));
    }

    /// Counts a call that was refused as a whole, or never answered.
    pub(crate) fn add_error(&mut self, error: &Error) {
        self.exit = self.exit.max(ExitStatus::of_call(error));
        match error.code() {
            Some(code) => *self.refused.entry(code.0).or_default() += 1,
            None => self.unknown += 1,
        }
    }

    /// A list had entries that cannot be read.
    pub(crate) fn add_unreadable_entry(&mut self) {
        self.exit = self.exit.max(ExitStatus::Rejected);
    }

    pub(crate) fn total(&self) -> u64 {
        self.done + self.refused.values().sum::<u64>() + self.not_attempted + self.unknown
    }

    /// Whether every target was done.
    pub(crate) fn is_complete(&self) -> bool {
        self.done == self.total()
    }

    pub(crate) fn verdict(&self) -> ExitStatus {
        self.exit
    }

    /// A line for each reason why targets were not done.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = String> {
        self.reasons.iter().map(|(reason, why)| match reason {
            Reason::Refused(code) => format!("{} {why}", self.refused.get(code).copied().unwrap_or_default()),
            Reason::NotAttempted => format!("{} {why}", self.not_attempted),
            Reason::Unknown => format!("{} {why}", self.unknown),
        })
    }
}

fn explained<T>(service: &str, outcome: &Outcome<T>) -> String {
    let Outcome::Rejected(rejection) = outcome else { return outcome.to_string() };
    let code = rejection.code;
    if code == ErrorCode::OK {
        return outcome.to_string();
    }
    let meaning = code.meaning(service).unwrap_or("a code that is not documented");
    let info =
        if rejection.info.is_empty() { String::new() } else { format!(" (as in: {})", Printable(&rejection.info)) };
    let advice = code.advice(service).map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("refused with {code}, {meaning}{info}{advice}")
}

/// `3 targets: 1 done, 2 refused (30003: 2), 0 not attempted, 0 unknown`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: u64 = self.refused.values().sum();
        write!(f, "{}: {} done, {refused} refused", counted(self.total(), "target"), self.done)?;
        if refused > 0 {
            let codes: Vec<_> = self.refused.iter().map(|(code, count)| format!("{code}: {count}")).collect();
            write!(f, " ({})", codes.join(", "))?;
        }
        write!(f, ", {} not attempted, {} unknown", self.not_attempted, self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use tim_follow::Rejection;

    use super::*;

    fn rejected(code: i64) -> Outcome<()> {
        Outcome::Rejected(Rejection { code: ErrorCode(code), info: "Err_X".into() })
    }

    #[test]
    fn outcomes_are_counted_by_code() {
        let mut summary = Summary::default();
        for outcome in
            [Outcome::Done(()), rejected(30003), rejected(30003), rejected(30006), Outcome::Unknown { reason: None }]
        {
            summary.add("follow", &outcome);
        }
        let text = "5 targets: 1 done, 3 refused (30003: 2, 30006: 1), 0 not attempted, 1 unknown";
        assert_eq!((summary.to_string().as_str(), summary.is_complete()), (text, false));
        let reasons: Vec<_> = summary.reasons().collect();
        assert!(
            reasons[0].starts_with(
                "2 refused with 30003, the account does not exist: never imported, or deleted (as in: Err_X); "
            ),
            "{reasons:?}"
        );
        assert_eq!(reasons[2], "1 result unknown: missing from the response");
    }

    #[test]
    fn the_worst_outcome_decides_how_the_command_ends() {
        let mut summary = Summary::default();
        assert_eq!(summary.verdict(), ExitStatus::Done);
        summary.add("follow", &rejected(30003));
        assert_eq!(summary.verdict(), ExitStatus::Rejected);
        summary.exit = ExitStatus::NoResponse;
        summary.add("follow", &rejected(30006));
        assert_eq!(summary.verdict(), ExitStatus::NoResponse);
        let kept: Summary = serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
        assert_eq!((kept.verdict(), kept.to_string()), (summary.verdict(), summary.to_string()));
    }
}
