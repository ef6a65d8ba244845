//! What must hold for the outcome of a target.

use std::fmt::Debug;

use tim_follow::{ErrorKind, Outcome};

use super::Checked;
use crate::history::{Record, Seen};
use crate::violation::Violation;

/// What a client reported about a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reported {
    /// With the relation, if the command returns one.
    Done(Option<i64>),
    Rejected(i64),
    NotAttempted {
        /// Whether the reason is that the target is invalid.
        is_invalid: bool,
    },
    /// With the code of an earlier rejection.
    Unknown {
        has_reason: bool,
        is_missing: bool,
        earlier: Option<i64>,
    },
}

impl Reported {
    pub(crate) fn new<T>(outcome: &Outcome<T>, relation: impl Fn(&T) -> Option<i64>) -> Self {
        match outcome {
            Outcome::Done(result) => Self::Done(relation(result)),
            Outcome::Rejected(rejection) => Self::Rejected(rejection.code.0),
            Outcome::NotAttempted { reason } => {
                Self::NotAttempted { is_invalid: matches!(reason.kind(), ErrorKind::Invalid(_)) }
            }
            Outcome::Unknown { reason } => Self::Unknown {
                has_reason: reason.is_some(),
                is_missing: reason.as_ref().is_none_or(|reason| matches!(reason.kind(), ErrorKind::MissingItem)),
                earlier: reason.as_ref().and_then(|reason| Some(reason.earlier_rejection()?.code.0)),
            },
            _ => Self::NotAttempted { is_invalid: false },
        }
    }
}

/// The last request with a target decides its outcome. `records` has the requests that may have
/// reached the service.
pub(crate) fn outcomes_agree_with_the_last_response(
    what: &dyn Debug,
    reported: &Reported,
    records: &[Record],
) -> Checked {
    let records: Vec<Seen> = records.iter().map(|record| record.seen).filter(|seen| *seen != Seen::NotSent).collect();
    let was_rejected = records.iter().any(|seen| matches!(seen, Seen::Item(_)));
    let agrees = match (reported, records.last().copied()) {
        (Reported::NotAttempted { .. }, None) => true,
        (Reported::Done(relation), Some(Seen::Done(expected))) => relation.is_none() || *relation == expected,
        (Reported::Rejected(code), Some(last)) => Some(*code) == last.code(),
        (Reported::Unknown { has_reason, is_missing, earlier }, Some(Seen::Missing)) => {
            *is_missing && *has_reason == was_rejected && earlier.is_some() == was_rejected
        }
        (Reported::Unknown { has_reason, .. }, Some(Seen::Contradiction | Seen::Unreadable)) => *has_reason,
        (Reported::Unknown { has_reason, earlier, .. }, Some(Seen::NoResponse)) => {
            let is_earlier = |code: i64| records.iter().any(|seen| seen.code() == Some(code));
            *has_reason && earlier.map_or(!was_rejected, is_earlier)
        }
        _ => false,
    };
    if agrees {
        return Ok(());
    }
    let text = format!("{what:?} is {reported:?} after {records:?}");
    Err(Violation::new("outcomes_agree_with_the_last_response", text))
}

/// A target that is done was done by the service.
pub(crate) fn done_targets_are_in_the_tables(what: &dyn Debug, reported: &Reported, records: &[Record]) -> Checked {
    let is_done =
        records.iter().rev().find(|record| matches!(record.seen, Seen::Done(_))).is_some_and(|record| record.done);
    if !matches!(reported, Reported::Done(_)) || is_done {
        return Ok(());
    }
    let text = format!("{what:?} is {reported:?}, and the service has not done it: {records:?}");
    Err(Violation::new("done_targets_are_in_the_tables", text))
}

/// A target whose last item was missing, or had a code that can pass, was in eight calls.
pub(crate) fn transient_items_are_retried(what: &dyn Debug, records: &[Record]) -> Checked {
    let is_transient = |record: &Record| matches!(record.seen, Seen::Missing | Seen::Item(30006 | 30007 | 30540));
    let calls = records.iter().filter(|record| is_transient(record)).count();
    if calls >= 8 || !records.last().is_some_and(is_transient) {
        return Ok(());
    }
    let text = format!("{what:?} is not sent again after {records:?}");
    Err(Violation::new("transient_items_are_retried", text))
}

/// The service did not receive a target that was not attempted.
pub(crate) fn targets_not_attempted_were_not_received(
    what: &dyn Debug,
    reported: &Reported,
    records: &[Record],
) -> Checked {
    if !matches!(reported, Reported::NotAttempted { .. }) || records.iter().all(|record| !record.received) {
        return Ok(());
    }
    let text = format!("{what:?} is not attempted, and the service has received it: {records:?}");
    Err(Violation::new("targets_not_attempted_were_not_received", text))
}

/// A target is reported as invalid only if it is. The only invalid user id in the plans is empty.
pub(crate) fn only_invalid_targets_are_reported_as_invalid(
    what: &dyn Debug,
    reported: &Reported,
    user: &str,
) -> Checked {
    if !matches!(reported, Reported::NotAttempted { is_invalid: true }) || user.is_empty() {
        return Ok(());
    }
    let text = format!("{what:?} is {reported:?}");
    Err(Violation::new("only_invalid_targets_are_reported_as_invalid", text))
}
