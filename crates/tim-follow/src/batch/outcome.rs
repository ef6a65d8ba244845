//! What happened to one target of a batch.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use tim_types::{Batch, Rejection};

use crate::Error;

/// One target of a batch and its outcome.
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
    /// What happened to it.
    #[serde(flatten)]
    pub outcome: Outcome<R::Outcome>,
}

fn has_no_size<T>(_: &T) -> bool {
    size_of::<T>() == 0
}

/// What happened to one target.
///
/// It serializes as an object with the key `outcome`: `"done"` with the key `result`; `"rejected"`
/// with `code` and `info`; `"not_attempted"` or `"unknown"` with `reason`, a text or null.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// The service processed it, and this is the result.
    Done(T),
    /// The service rejected this target, or the call with this target. Code 0 means that the
    /// service sent no code.
    Rejected(Rejection),
    /// No request with it was sent: it is invalid, no connection was made, or the batch stopped
    /// before it.
    ///
    /// This includes the requests for equal targets at other positions, as long as their outcomes
    /// were held together in the window of the batch (twice what can be in flight). If an earlier
    /// outcome was taken before this target came in, a request may have been sent for that one.
    NotAttempted {
        /// Why it was not sent.
        reason: Arc<Error>,
    },
    /// It was sent, but its last request got no response, or the response does not contain its
    /// result. All batch commands set or read a state, so it can be sent again.
    Unknown {
        /// Why it is not known, for example because the item of this target cannot be read
        /// ([`ErrorKind::Unreadable`]). `None` means that the response omits this target and that
        /// the service sent no code for it before. An
        /// [earlier rejection](Error::earlier_rejection) of this target is in the error.
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
        /// Why it was not sent.
        reason: Arc<Error>,
    },
    /// See [`Outcome::Unknown`].
    #[error("result unknown: {}", ReasonText(reason))]
    Unknown {
        /// Why it is not known.
        reason: Option<Arc<Error>>,
    },
}

impl<T> Outcome<T> {
    /// Whether the service processed it.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// The result, if the service processed it.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(result) => Some(result),
            _ => None,
        }
    }

    /// The result, if the service processed it.
    pub fn into_done(self) -> Option<T> {
        self.into_result().ok()
    }

    /// The result, or why there is none.
    ///
    /// # Errors
    /// The target is not [`Done`](Self::Done).
    pub fn into_result(self) -> Result<T, TargetError> {
        match self {
            Self::Done(result) => Ok(result),
            Self::Rejected(rejection) => Err(TargetError::Rejected(rejection)),
            Self::NotAttempted { reason } => Err(TargetError::NotAttempted { reason }),
            Self::Unknown { reason } => Err(TargetError::Unknown { reason }),
        }
    }
}

/// The outcome in one line.
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
                map.serialize_entry("reason", &ReasonText(reason).to_string())?;
            }
        }
        map.end()
    }
}
