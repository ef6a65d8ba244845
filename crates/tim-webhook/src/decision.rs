//! The decision about one target.

use tim_types::ErrorCode;

/// The decision about one target of an event before an action; see
/// [`Webhook::decide`](crate::Webhook::decide).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The action is allowed.
    Allow,
    /// The action is rejected. Make it with [`Decision::reject`].
    #[non_exhaustive]
    Reject {
        /// From 38000 to 39000. The client that acted gets it.
        code: ErrorCode,
        /// The text for that client.
        info: String,
    },
}

/// The error for a code with which a target cannot be rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code {0} cannot reject an action: the service takes codes from 38000 to 39000")]
pub struct InvalidCode(i64);

impl Decision {
    /// Rejects the action for a target.
    ///
    /// # Errors
    /// The code is not from 38000 to 39000. The documents allow no other code.
    pub fn reject(code: i64, info: impl Into<String>) -> Result<Self, InvalidCode> {
        match code {
            38000..=39000 => Ok(Self::Reject { code: ErrorCode(code), info: info.into() }),
            _ => Err(InvalidCode(code)),
        }
    }
}
