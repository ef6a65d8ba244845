//! The result of one target of a call.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, Printable, ResponseBody, UnreadableItem, UserId};

/// The service rejected a call, or one target of a call.
///
/// `Display` and `Debug` escape and cut the text as [`Printable`] does; the field `info` has the
/// complete text.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Rejection {
    /// The code. [`ErrorCode::OK`] means that there is no code: the service reported a failure
    /// without a code, or reported success but did not send the result.
    pub code: ErrorCode,
    /// The complete text of the service, unchanged; often empty. Clones share it.
    pub info: Arc<str>,
}

impl Rejection {
    /// A rejection without a code and without a text.
    pub fn without_code() -> Self {
        Self { code: ErrorCode::OK, info: "".into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            ErrorCode::OK => f.write_str("failed without a code")?,
            code => write!(f, "rejected with {code}")?,
        }
        if self.info.is_empty() { Ok(()) } else { write!(f, " ({})", Printable(&self.info)) }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("code", &self.code).field("info", &Printable(&self.info)).finish()
    }
}

/// The result of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetOutcome<T> {
    /// The target.
    pub target: UserId,
    /// What the service returned for the target, or why it rejected the target.
    pub result: Result<T, Rejection>,
}

/// An item with a code and a text, as in the responses of follow_add and follow_delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResult {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why the service rejected this target. Other targets of the call can have succeeded.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

impl TargetResult {
    /// Creates the item of `target` with this code and text.
    pub fn new(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into() }
    }

    /// Returns whether the service processed this target.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn result(&self) -> Result<(), Rejection> {
        result_of_item(self.code, &self.info, Some(()))
    }
}

/// The response of a command that returns only a code for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResults {
    /// The result of each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<TargetResult>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl TargetResults {
    /// Creates a response with these items.
    pub fn new(items: Vec<TargetResult>) -> Self {
        Self { items, unreadable: Vec::new() }
    }

    pub(crate) fn into_outcomes(self) -> Vec<TargetOutcome<()>> {
        outcomes(self.items, |item| (item.result(), item.target))
    }
}

impl ResponseBody for TargetResults {
    const ITEMS: &'static [&'static str] = &["ResultItem"];

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// Converts the items of a response into outcomes.
pub(crate) fn outcomes<I, T>(
    items: Vec<I>,
    read: impl Fn(I) -> (Result<T, Rejection>, UserId),
) -> Vec<TargetOutcome<T>> {
    let outcome = |item| {
        let (result, target) = read(item);
        TargetOutcome { target, result }
    };
    items.into_iter().map(outcome).collect()
}

/// Returns the payload of an item if its code is 0. With another code, the payload is ignored.
pub(crate) fn result_of_item<T>(code: ErrorCode, info: &str, payload: Option<T>) -> Result<T, Rejection> {
    match payload {
        Some(payload) if code == ErrorCode::OK => Ok(payload),
        _ => Err(Rejection { code, info: info.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_shows_its_text_escaped_and_cut() {
        let rejection = |code, info: &str| Rejection { code: ErrorCode(code), info: info.into() };
        assert_eq!(rejection(7, "a\u{1b}\nb").to_string(), r"rejected with 7 (a\u{1b}\nb)");
        assert_eq!(rejection(7, "").to_string(), "rejected with 7");
        assert_eq!(rejection(0, "reason").to_string(), "failed without a code (reason)");
        let long = rejection(7, &"x".repeat(1 << 20));
        assert!(long.to_string().len() < 400 && format!("{long:?} {long:#?}").len() < 800);
        assert_eq!(long.info.len(), 1 << 20);
    }
}
