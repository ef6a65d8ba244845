//! What an answer says about one target of a call.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, Printable, ResponseBody, UnreadableItem, UserId};

/// Why the service did not do a call, or not for one target.
///
/// `Display` and `Debug` show the text as [`Printable`] does; the field holds all of it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Rejection {
    /// The code; [`ErrorCode::OK`] here means that there is none: the service reported failure without a code, or said OK
    /// but left out the answer itself.
    pub code: ErrorCode,
    /// The complete text that came with it, as the service sent it; often empty. Clones share it.
    pub info: Arc<str>,
}

impl Rejection {
    /// The failure of a target of which the service says nothing but that it failed.
    pub fn without_code() -> Self {
        Self { code: ErrorCode::OK, info: "".into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            ErrorCode::OK => f.write_str("failed without a code")?,
            code => write!(f, "refused with {code}")?,
        }
        if self.info.is_empty() { Ok(()) } else { write!(f, " ({})", Printable(&self.info)) }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("code", &self.code).field("info", &Printable(&self.info)).finish()
    }
}

/// One target and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetOutcome<T> {
    /// The target.
    pub target: UserId,
    /// What the service answered for it, or why not.
    pub result: Result<T, Rejection>,
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
    pub fn result(&self) -> Result<(), Rejection> {
        result_of_item(self.code, &self.info, Some(()))
    }
}

/// What a command answers that says of each target only whether it was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResults {
    /// What became of each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<TargetResult>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl TargetResults {
    /// An answer with these items.
    pub fn new(items: Vec<TargetResult>) -> Self {
        Self { items, unreadable: Vec::new() }
    }

    pub(crate) fn into_outcomes(self) -> Vec<TargetOutcome<()>> {
        outcomes(self.items, |item| (item.result(), item.target))
    }
}

impl ResponseBody for TargetResults {
    const ITEMS: Option<&'static str> = Some("ResultItem");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// The items of an answer as outcomes.
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

/// The one reading of an item: its code decides before its payload is looked at.
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
    fn a_refusal_shows_its_text_escaped_and_cut() {
        let refusal = |code, info: &str| Rejection { code: ErrorCode(code), info: info.into() };
        assert_eq!(refusal(7, "a\u{1b}\nb").to_string(), r"refused with 7 (a\u{1b}\nb)");
        assert_eq!(refusal(7, "").to_string(), "refused with 7");
        assert_eq!(refusal(0, "why").to_string(), "failed without a code (why)");
        let long = refusal(7, &"x".repeat(1 << 20));
        assert!(long.to_string().len() < 400 && format!("{long:?} {long:#?}").len() < 800);
        assert_eq!(long.info.len(), 1 << 20);
    }
}
