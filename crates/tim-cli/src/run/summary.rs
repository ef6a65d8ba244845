//! Counts of a run by outcome, and the reasons why targets were not done.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use tim_follow::{Error, ErrorCode, Outcome, Printable};

use crate::exit::ExitStatus;
use crate::text::counted;

/// What one target counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    Done,
    /// In which way a target was done, for example `pending`. The target itself is counted too.
    Result(String),
    /// An entry of a list cannot be read. The target itself is counted later.
    Unreadable,
    Rejected {
        code: i64,
        why: String,
    },
    NotAttempted {
        status: ExitStatus,
        why: String,
    },
    Unknown {
        status: ExitStatus,
        why: String,
    },
}

impl Counted {
    /// An outcome of a command of `service`.
    pub fn outcome<T>(service: &str, outcome: &Outcome<T>) -> Self {
        match outcome {
            Outcome::Done(_) => Self::Done,
            Outcome::Rejected(rejection) => {
                Self::Rejected { code: rejection.code.0, why: rejected(service, rejection.code, &rejection.info) }
            }
            Outcome::NotAttempted { reason } => {
                Self::NotAttempted { status: ExitStatus::of_call(reason), why: outcome.to_string() }
            }
            Outcome::Unknown { reason } => {
                let status = reason.as_deref().map_or(ExitStatus::Rejected, ExitStatus::of_call);
                Self::Unknown { status, why: outcome.to_string() }
            }
            other => Self::Unknown { status: ExitStatus::Rejected, why: other.to_string() },
        }
    }

    /// A call that failed as a whole.
    pub fn error(service: &str, error: &Error) -> Self {
        match error.code() {
            Some(code) => Self::Rejected { code: code.0, why: rejected(service, code, "") },
            None if error.attempts() == 0 => {
                Self::NotAttempted { status: ExitStatus::of_call(error), why: format!("not attempted: {error}") }
            }
            None => Self::Unknown { status: ExitStatus::of_call(error), why: error.to_string() },
        }
    }

    /// Whether it does not fail the run.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::Result(_))
    }

    /// The exit status if nothing else happened.
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Done | Self::Result(_) => ExitStatus::Done,
            Self::Unreadable | Self::Rejected { .. } => ExitStatus::Rejected,
            Self::NotAttempted { status, .. } | Self::Unknown { status, .. } => *status,
        }
    }
}

/// Counts by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub done: u64,
    /// The targets that were done, by the word for their result. Not all commands have such words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, u64>,
    /// By code.
    pub rejected: BTreeMap<i64, u64>,
    pub not_attempted: u64,
    pub unknown: u64,
    /// The worst exit status.
    status: ExitStatus,
    /// The first reason of each kind. Only of this process: a journal would grow with it.
    #[serde(skip)]
    reasons: BTreeMap<Reason, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Rejected(i64),
    NotAttempted,
    Unknown,
}

impl Summary {
    pub fn add(&mut self, counted: Counted) {
        self.status = self.status.max(counted.status());
        let (reason, why) = match counted {
            Counted::Unreadable => return,
            Counted::Result(word) => {
                let count = self.results.entry(word).or_default();
                *count = count.saturating_add(1);
                return;
            }
            Counted::Done => {
                self.done = self.done.saturating_add(1);
                return;
            }
            Counted::Rejected { code, why } => {
                let count = self.rejected.entry(code).or_default();
                *count = count.saturating_add(1);
                (Reason::Rejected(code), why)
            }
            Counted::NotAttempted { why, .. } => {
                self.not_attempted = self.not_attempted.saturating_add(1);
                (Reason::NotAttempted, why)
            }
            Counted::Unknown { why, .. } => {
                self.unknown = self.unknown.saturating_add(1);
                (Reason::Unknown, why)
            }
        };
        self.reasons.entry(reason).or_insert(why);
    }

    pub fn total(&self) -> u64 {
        let rejected = self.rejected.values().fold(0, |sum: u64, count| sum.saturating_add(*count));
        [rejected, self.not_attempted, self.unknown].iter().fold(self.done, |sum, count| sum.saturating_add(*count))
    }

    /// Whether every target was done.
    pub fn is_complete(&self) -> bool {
        self.done == self.total()
    }

    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// One line for each reason why targets were not done.
    pub fn reasons(&self) -> impl Iterator<Item = String> {
        self.reasons.iter().map(|(reason, why)| match reason {
            Reason::Rejected(code) => format!("{} {why}", self.rejected.get(code).copied().unwrap_or_default()),
            Reason::NotAttempted => format!("{} {why}", self.not_attempted),
            Reason::Unknown => format!("{} {why}", self.unknown),
        })
    }
}

/// Why the service rejected a target: the code, its meaning, an example of the text, and the
/// advice.
fn rejected(service: &str, code: ErrorCode, info: &str) -> String {
    let info = if info.is_empty() { String::new() } else { format!(" (for example: {})", Printable(info)) };
    if code == ErrorCode::OK {
        return format!("rejected without a code{info}; --retry-failed sends them again");
    }
    let meaning = code.meaning(service).unwrap_or("unknown code");
    let advice = code.advice(service).map(|advice| format!("; {}", for_terminal(advice))).unwrap_or_default();
    format!("rejected with {code}, {meaning}{info}{advice}")
}

/// An advice with the commands and flags of this program in place of those of the service.
fn for_terminal(advice: &str) -> String {
    advice.replace("account_import", "`tim account import`").replace("ForceAddFlags 1", "`tim friend add --force`")
}

/// `3 targets: 1 done, 2 rejected (30003: 2), 0 not attempted, 0 unknown`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rejected: u64 = self.rejected.values().sum();
        write!(f, "{}: {} done", counted(self.total(), "target"), self.done)?;
        if !self.results.is_empty() {
            let results: Vec<_> = self.results.iter().map(|(word, count)| format!("{count} {word}")).collect();
            write!(f, " ({})", results.join(", "))?;
        }
        write!(f, ", {rejected} rejected")?;
        if rejected > 0 {
            let codes: Vec<_> = self.rejected.iter().map(|(code, count)| format!("{code}: {count}")).collect();
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

    fn summary(outcomes: &[Outcome<()>]) -> Summary {
        let mut summary = Summary::default();
        outcomes.iter().for_each(|outcome| summary.add(Counted::outcome("follow", outcome)));
        summary
    }

    #[test]
    fn outcomes_are_counted_by_code() {
        let unknown = Outcome::Unknown { reason: None };
        let summary = summary(&[Outcome::Done(()), rejected(30003), rejected(30003), rejected(30006), unknown]);
        let text = "5 targets: 1 done, 3 rejected (30003: 2, 30006: 1), 0 not attempted, 1 unknown";
        assert_eq!((summary.to_string().as_str(), summary.is_complete()), (text, false));
        let reasons: Vec<_> = summary.reasons().collect();
        let start =
            "2 rejected with 30003, the account does not exist: never imported, or deleted (for example: Err_X); ";
        assert!(reasons[0].starts_with(start), "{reasons:?}");
        assert!(reasons[0].contains("import it with `tim account import` or"), "{reasons:?}");
        assert_eq!(reasons[2], "1 result unknown: missing from the response");
    }

    #[test]
    fn results_are_counted_by_their_words() {
        let mut summary = summary(&[Outcome::Done(()), Outcome::Done(()), rejected(30003)]);
        ["pending", "added"].iter().for_each(|word| summary.add(Counted::Result((*word).to_owned())));
        let text = "3 targets: 2 done (1 added, 1 pending), 1 rejected (30003: 1), 0 not attempted, 0 unknown";
        assert_eq!(summary.to_string(), text);
    }

    #[test]
    fn the_worst_outcome_decides_the_status() {
        assert_eq!(summary(&[]).status(), ExitStatus::Done);
        assert_eq!(summary(&[Outcome::Done(()), rejected(30003)]).status(), ExitStatus::Rejected);
        let mut summary = summary(&[]);
        summary.add(Counted::Unknown { status: ExitStatus::NoResponse, why: String::new() });
        summary.add(Counted::outcome("follow", &rejected(30006)));
        assert_eq!(summary.status(), ExitStatus::NoResponse);
        let kept: Summary = serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
        assert_eq!((kept.status(), kept.to_string()), (summary.status(), summary.to_string()));
    }

    #[test]
    fn an_unreadable_entry_fails_the_run_and_is_not_a_target() {
        let mut summary = summary(&[]);
        summary.add(Counted::Unreadable);
        assert_eq!((summary.total(), summary.status()), (0, ExitStatus::Rejected));
    }
}
