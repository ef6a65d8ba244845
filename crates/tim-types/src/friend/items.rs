//! The response of the commands that report something about each friend.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, ResponseBody, UnreadableItem, UserId};

/// An item for each target, and the targets that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>"))]
#[non_exhaustive]
pub struct ItemsResponse<I> {
    /// The result of each target.
    #[serde(rename = "InfoItem", default)]
    pub items: Vec<I>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The targets whose item has a code other than 0; present only if there is one.
    #[serde(rename = "Fail_Account", default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<UserId>,
}

/// The target and the code of an item.
pub(super) trait Item {
    fn target(&self) -> &UserId;
    fn code(&self) -> ErrorCode;
}

#[expect(private_bounds, reason = "the items are those of this module")]
impl<I: Item> ItemsResponse<I> {
    /// A response with these items. Failed targets are also listed in [`failed`](Self::failed).
    pub fn new(items: Vec<I>) -> Self {
        let failed = items.iter().filter(|item| item.code() != ErrorCode::OK).map(|item| item.target().clone());
        let failed = failed.collect();
        Self { items, unreadable: Vec::new(), failed }
    }
}

impl<I> Default for ItemsResponse<I> {
    fn default() -> Self {
        Self { items: Vec::new(), unreadable: Vec::new(), failed: Vec::new() }
    }
}

impl<I: for<'de> Deserialize<'de> + Send> ResponseBody for ItemsResponse<I> {
    const ITEMS: &'static [&'static str] = &["InfoItem"];
    const FAILED: Option<&'static str> = Some("Fail_Account");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn failed(&self) -> &[UserId] {
        &self.failed
    }
}
