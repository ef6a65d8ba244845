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

/// An item with a code and a text, as in the responses of follow_add and friend_add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetResult {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why the service rejected this target. Other targets of the call can have succeeded.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code. If the code is 0, it is empty or `OK`: do not use it to detect a
    /// failure.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

impl TargetResult {
    /// Creates the item of `target` with this code and text.
    pub fn new(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into() }
    }

    /// Returns whether the code is 0.
    ///
    /// For some commands, a code other than 0 can name a state of the target, such as a pending
    /// friend request. Read their items with
    /// [`friend::AddOutcome::of`](crate::friend::AddOutcome::of),
    /// [`friend::DeleteOutcome::of`](crate::friend::DeleteOutcome::of) or
    /// [`block::AddOutcome::of`](crate::block::AddOutcome::of). Batches do this.
    ///
    /// # Errors
    /// The code and text of this target, if the code is not 0.
    pub fn result(&self) -> Result<(), Rejection> {
        result_of_item(self.code, &self.info, Some(()))
    }
}

impl Item for TargetResult {
    fn target(&self) -> &UserId {
        &self.target
    }

    fn code(&self) -> ErrorCode {
        self.code
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
    /// The targets whose item has a code other than 0, also if the code names a state and not a
    /// failure. Always empty in the responses of follow_add and follow_delete.
    #[serde(rename = "Fail_Account", default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<UserId>,
}

impl TargetResults {
    /// Creates a response with these items, without a list of the failed targets.
    pub fn new(items: Vec<TargetResult>) -> Self {
        Self { items, ..Self::default() }
    }

    /// Creates a response with these items, and lists the failed targets in
    /// [`failed`](Self::failed), as the service `sns` does.
    pub fn with_failed(items: Vec<TargetResult>) -> Self {
        Self { failed: failed(&items), ..Self::new(items) }
    }

    pub(crate) fn into_outcomes(self) -> Vec<TargetOutcome<()>> {
        outcomes(self.items, |item| (item.result(), item.target))
    }
}

impl ResponseBody for TargetResults {
    const ITEMS: &'static [&'static str] = &["ResultItem"];
    const FAILED: Option<&'static str> = Some("Fail_Account");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn failed(&self) -> &[UserId] {
        &self.failed
    }
}

/// The target and the code of an item.
pub(crate) trait Item {
    fn target(&self) -> &UserId;
    fn code(&self) -> ErrorCode;
}

/// Returns the targets whose item has a code other than 0.
pub(crate) fn failed<I: Item>(items: &[I]) -> Vec<UserId> {
    items.iter().filter(|item| item.code() != ErrorCode::OK).map(|item| item.target().clone()).collect()
}

/// Defines the response of a command that returns an item for each target and lists the failed
/// targets. The items implement [`Item`].
macro_rules! items_response {
    ($(#[$doc:meta])* $name:ident { $key:literal: $item:ty }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            /// The result of each target.
            #[serde(rename = $key, default)]
            pub items: Vec<$item>,
            /// The items that cannot be read; the others are in `items`.
            #[serde(skip)]
            pub unreadable: Vec<$crate::UnreadableItem>,
            /// The targets whose item has a code other than 0; present only if there is one.
            #[serde(rename = "Fail_Account", default, skip_serializing_if = "Vec::is_empty")]
            pub failed: Vec<$crate::UserId>,
        }

        impl $name {
            /// Creates a response with these items. Failed targets are also listed in
            /// [`failed`](Self::failed).
            pub fn new(items: Vec<$item>) -> Self {
                Self { failed: $crate::target::failed(&items), items, unreadable: Vec::new() }
            }
        }

        impl $crate::ResponseBody for $name {
            const ITEMS: &'static [&'static str] = &[$key];
            const FAILED: Option<&'static str> = Some("Fail_Account");

            fn unreadable_mut(&mut self) -> Option<&mut Vec<$crate::UnreadableItem>> {
                Some(&mut self.unreadable)
            }

            fn failed(&self) -> &[$crate::UserId] {
                &self.failed
            }
        }
    };
}

pub(crate) use items_response;

/// A code that names a state of a target, so that it is not a failure of this command.
pub(crate) struct StateCode<T> {
    pub(crate) code: ErrorCode,
    /// The text that the item must have; `None` if the code has one meaning only.
    pub(crate) info: Option<&'static str>,
    pub(crate) state: T,
}

/// Returns `done` if the code is 0, and a state if the code names one.
pub(crate) fn state_of_item<T: Clone>(
    code: ErrorCode,
    info: &str,
    done: T,
    states: &[StateCode<T>],
) -> Result<T, Rejection> {
    let names = |state: &&StateCode<T>| state.code == code && state.info.is_none_or(|text| text == info);
    match states.iter().find(names) {
        Some(found) => Ok(found.state.clone()),
        None => result_of_item(code, info, Some(done)),
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
