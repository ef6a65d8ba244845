//! Rows about a part of a target.

use tim_follow::{Outcome, UnreadableItem};

use super::{Reason, RowOutcome, outcome_and_reason};
use crate::exit::ExitStatus;
use crate::run::summary::Counted;

/// The outcome of a part of a target that was done, for example of one friend in a call about a
/// friend group. The row of the part has this outcome, and the summary counts the target with it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(super) outcome: RowOutcome,
    pub(super) reason: Reason,
    pub(crate) counted: Counted,
}

impl Part {
    /// A part that a command of `service` reported with this outcome.
    pub(crate) fn new(service: &str, outcome: &Outcome<()>) -> Self {
        let (word, reason) = outcome_and_reason(service, outcome);
        Self { outcome: word, reason, counted: Counted::outcome(service, outcome) }
    }

    /// An item of a response that cannot be read.
    pub(crate) fn unreadable(item: &UnreadableItem) -> Self {
        let why = item.to_string();
        Self {
            outcome: RowOutcome::Unknown,
            reason: Reason::new("the entry cannot be read", Some(why.clone())),
            counted: Counted::Unknown { status: ExitStatus::Rejected, why },
        }
    }
}
