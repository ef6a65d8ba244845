//! What an answer says about one target of a call.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, UserId};

/// Why the service did not do a call, or not for one target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused with {code} ({info})")]
pub struct Refusal {
    /// The code; [`ErrorCode::OK`] here means that the service said OK but left out the answer itself.
    pub code: ErrorCode,
    /// The text that came with it, often empty.
    pub info: String,
}

/// One target and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetOutcome<T> {
    /// The target.
    pub target: UserId,
    /// What the service answered for it, or why not.
    pub result: Result<T, Refusal>,
}

/// An item that carries nothing but its result: follow_add and follow_delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResult {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why this target was refused while others may have been done.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text to the code, empty when it is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

impl TargetResult {
    /// The item for `target` with this code and text.
    pub fn new(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into() }
    }

    /// Whether it was done, or why not.
    ///
    /// # Errors
    /// The code and text with which the service refused this target.
    pub fn result(&self) -> Result<(), Refusal> {
        done(self.code, &self.info, Some(()))
    }
}

/// What a command answers that says of each target only whether it was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResults {
    /// What became of each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<TargetResult>,
}

impl TargetResults {
    /// An answer with these items.
    pub fn new(items: Vec<TargetResult>) -> Self {
        Self { items }
    }

    pub(crate) fn into_outcomes(self) -> Vec<TargetOutcome<()>> {
        outcomes(self.items, |item| (item.result(), item.target))
    }
}

/// The items of an answer as outcomes.
pub(crate) fn outcomes<I, T>(items: Vec<I>, read: impl Fn(I) -> (Result<T, Refusal>, UserId)) -> Vec<TargetOutcome<T>> {
    let outcome = |item| {
        let (result, target) = read(item);
        TargetOutcome { target, result }
    };
    items.into_iter().map(outcome).collect()
}

/// The one reading of an item: its code decides before its payload is looked at.
pub(crate) fn done<T>(code: ErrorCode, info: &str, payload: Option<T>) -> Result<T, Refusal> {
    match payload {
        Some(payload) if code == ErrorCode::OK => Ok(payload),
        _ => Err(Refusal { code, info: info.to_owned() }),
    }
}
