//! The outcome of one target of a batch.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use tim_types::{Batch, Rejection};

use crate::Error;

/// A target of a batch and its outcome.
///
/// It serializes as one object: `from` (if the command has a `From_Account`), `target`, and the
/// keys of [`Outcome`].
#[derive(Debug, Clone, serde::Serialize)]
#[serde(bound = "")]
#[non_exhaustive]
pub struct BatchItem<R: Batch> {
    /// The user in `From_Account`; `()` for a command without one.
    #[serde(skip_serializing_if = "has_no_size")]
    pub from: R::From,
    /// The target.
    pub target: R::Target,
    /// The outcome of the target.
    #[serde(flatten)]
    pub outcome: Outcome<R::Outcome>,
}

fn has_no_size<T>(_: &T) -> bool {
    size_of::<T>() == 0
}

/// The outcome of one target of a batch.
///
/// It serializes as an object with the key `outcome`: `"done"` with the key `result`; `"rejected"`
/// with `code` and `info`; `"not_attempted"` or `"unknown"` with `reason`, a text or null.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// The service processed the target and returned this result.
    Done(T),
    /// The service rejected this target, or the call with this target. Code 0 means that the
    /// service sent no code.
    Rejected(Rejection),
    /// No request with this target was sent: the target is invalid, no connection could be made, or
    /// the batch was stopped first.
    ///
    /// If an equal target is at another position of the input, that one may have been sent. Equal
    /// targets share one request only while both are in the window of the batch, which holds the
    /// targets of twice as many calls as can be in flight.
    NotAttempted {
        /// Why the target was not sent.
        reason: Arc<Error>,
    },
    /// The target was sent, but its last request got no response, or the response has no readable
    /// result for it. It can be sent again if the command is
    /// [idempotent](crate::Endpoint::IDEMPOTENT), as all built-in commands except
    /// [`account::Kick`](crate::account::Kick) are.
    Unknown {
        /// Why the result is unknown, for example because the item of this target cannot be read
        /// ([`ErrorKind::Unreadable`]). `None` means that the response has no item for this target,
        /// and that the service sent no code for it before. If an earlier response rejected the
        /// target, [`Error::earlier_rejection`] returns that rejection.
        ///
        /// [`ErrorKind::Unreadable`]: crate::ErrorKind::Unreadable
        reason: Option<Arc<Error>>,
    },
}

/// Why a target is not [`Done`](Outcome::Done). See the variants of [`Outcome`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// See [`Outcome::Rejected`].
    #[error(transparent)]
    Rejected(Rejection),
    /// See [`Outcome::NotAttempted`].
    #[error("not attempted: {reason}")]
    NotAttempted {
        /// Why the target was not sent.
        reason: Arc<Error>,
    },
    /// See [`Outcome::Unknown`].
    #[error("result unknown: {}", ReasonText(reason))]
    Unknown {
        /// Why the result is unknown.
        reason: Option<Arc<Error>>,
    },
}

impl<T> Outcome<T> {
    /// Returns whether the service processed the target.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns the result, if the service processed the target.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(result) => Some(result),
            _ => None,
        }
    }

    /// Converts the outcome into the result, if the service processed the target.
    pub fn into_done(self) -> Option<T> {
        self.into_result().ok()
    }

    /// Converts the outcome into the result, or into the reason why there is no result.
    ///
    /// # Errors
    /// The outcome is not [`Done`](Self::Done).
    pub fn into_result(self) -> Result<T, TargetError> {
        match self {
            Self::Done(result) => Ok(result),
            Self::Rejected(rejection) => Err(TargetError::Rejected(rejection)),
            Self::NotAttempted { reason } => Err(TargetError::NotAttempted { reason }),
            Self::Unknown { reason } => Err(TargetError::Unknown { reason }),
        }
    }
}

/// Writes the outcome on one line.
impl<T> fmt::Display for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(_) => f.write_str("done"),
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::NotAttempted { reason } => write!(f, "not attempted: {reason}"),
            Self::Unknown { reason } => write!(f, "result unknown: {}", ReasonText(reason)),
        }
    }
}

struct ReasonText<'a>(&'a Option<Arc<Error>>);

impl fmt::Display for ReasonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(reason) => reason.fmt(f),
            None => f.write_str("missing from the response"),
        }
    }
}

impl<T: Serialize> Serialize for Outcome<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Done(result) => {
                map.serialize_entry("outcome", "done")?;
                map.serialize_entry("result", result)?;
            }
            Self::Rejected(Rejection { code, info }) => {
                map.serialize_entry("outcome", "rejected")?;
                map.serialize_entry("code", code)?;
                map.serialize_entry("info", &**info)?;
            }
            Self::NotAttempted { reason } => {
                map.serialize_entry("outcome", "not_attempted")?;
                map.serialize_entry("reason", &reason.to_string())?;
            }
            Self::Unknown { reason } => {
                map.serialize_entry("outcome", "unknown")?;
                map.serialize_entry("reason", &reason.as_ref().map(ToString::to_string))?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ErrorCode, ErrorKind, TargetError};

    fn reason() -> Arc<Error> {
        Arc::new(Error::new("follow", "follow_add", 1, ErrorKind::CursorStuck))
    }

    #[test]
    fn an_outcome_without_a_result_has_its_reason() {
        let rejection = Rejection { code: ErrorCode(30003), info: "no such user".into() };
        let rejected = Outcome::<u8>::Rejected(rejection.clone());
        let not_attempted = Outcome::<u8>::NotAttempted { reason: reason() };
        let unknown = Outcome::<u8>::Unknown { reason: Some(reason()) };
        assert!(matches!(rejected.clone().into_result(), Err(TargetError::Rejected(found)) if found == rejection));
        assert!(matches!(not_attempted.clone().into_result(), Err(TargetError::NotAttempted { .. })));
        assert!(matches!(unknown.clone().into_result(), Err(TargetError::Unknown { reason: Some(_) })));
        assert_eq!([rejected.into_done(), not_attempted.into_done(), unknown.into_done()], [None; 3]);
        assert_eq!(Outcome::Done(7).into_result().unwrap(), 7);
    }

    #[test]
    fn an_outcome_serializes_with_its_reason() {
        let json = |outcome: Outcome<u8>| serde_json::to_value(outcome).unwrap();
        let rejection = Rejection { code: ErrorCode(30003), info: "no such user".into() };
        let rejected = json!({ "outcome": "rejected", "code": 30003, "info": "no such user" });
        assert_eq!(json(Outcome::Rejected(rejection)), rejected);
        let why = reason().to_string();
        let not_attempted = json!({ "outcome": "not_attempted", "reason": why });
        assert_eq!(json(Outcome::NotAttempted { reason: reason() }), not_attempted);
        assert_eq!(json(Outcome::Unknown { reason: Some(reason()) }), json!({ "outcome": "unknown", "reason": why }));
        assert_eq!(json(Outcome::Unknown { reason: None }), json!({ "outcome": "unknown", "reason": null }));
    }
}
