//! The response to the events before an action.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, TargetResult, UserId};

/// The response body for [`PrevFriendAdd`](super::PrevFriendAdd) and
/// [`PrevFriendResponse`](super::PrevFriendResponse): a decision for each target. Send it as JSON
/// with HTTP status 200, within 2 seconds.
///
/// ```
/// use tim_types::ErrorCode;
/// use tim_types::webhook::Decisions;
///
/// let decisions = Decisions::new().allow("bob").reject("carol", ErrorCode(38001), "not today");
/// let body = serde_json::to_string(&decisions)?;
/// assert!(body.contains(r#""To_Account":"carol","ResultCode":38001"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decisions {
    /// Always `OK`.
    #[serde(rename = "ActionStatus")]
    pub status: String,
    /// Always 0. By default the service ignores another code, and allows the action.
    #[serde(rename = "ErrorCode")]
    pub code: ErrorCode,
    /// Always empty.
    #[serde(rename = "ErrorInfo")]
    pub info: String,
    /// The decision for each target: the code 0 allows the action, a code from 38000 to 39000
    /// rejects it.
    #[serde(rename = "ResultItem")]
    pub items: Vec<TargetResult>,
}

impl Decisions {
    /// Creates a response without decisions.
    pub fn new() -> Self {
        Self { status: "OK".to_owned(), code: ErrorCode::OK, info: String::new(), items: Vec::new() }
    }

    /// Allows the action for a target.
    #[must_use]
    pub fn allow(self, target: impl Into<UserId>) -> Self {
        self.with(TargetResult::new(target, ErrorCode::OK, ""))
    }

    /// Rejects the action for a target. The documents allow codes from 38000 to 39000.
    #[must_use]
    pub fn reject(self, target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        self.with(TargetResult::new(target, code, info))
    }

    fn with(mut self, item: TargetResult) -> Self {
        self.items.push(item);
        self
    }
}

impl Default for Decisions {
    fn default() -> Self {
        Self::new()
    }
}
