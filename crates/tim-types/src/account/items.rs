//! The response of the commands that report a result for each account.

use serde::{Deserialize, Serialize};

use crate::{ResponseBody, UnreadableItem};

/// An item for each target. Unlike in other services, the key of the user is `UserID`, and there is
/// no list of the targets that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>"))]
#[non_exhaustive]
pub struct ItemsResponse<I> {
    /// The result of each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<I>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl<I> ItemsResponse<I> {
    /// Creates a response with these items.
    pub fn new(items: Vec<I>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl<I> Default for ItemsResponse<I> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<I: for<'de> Deserialize<'de> + Send> ResponseBody for ItemsResponse<I> {
    const ITEMS: &'static [&'static str] = &["ResultItem"];
    const ITEM_USER: &'static str = "UserID";

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}
