//! POST v4/sns/black_list_get
//! <https://www.tencentcloud.com/document/product/1047/34914>

use serde::{Deserialize, Serialize};

use crate::{
    Command, Effect, Endpoint, InvalidRequest, Paged, ResponseBody, Sequence, Shape, StartIndex, UnreadableItem,
    UserId, validate,
};

/// Lists the users that a user blocks, in pages of up to 1000.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34914)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless.
///
/// Each page has the version of the list. If it changes between two pages, the clients read the
/// list again from its start, and leave out the users that they have already returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// The owner of the blocklist.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The position at which the page starts.
    #[serde(rename = "StartIndex")]
    pub start: StartIndex,
    /// The maximum number of entries of the page, 1 to 1000.
    #[serde(rename = "MaxLimited")]
    pub page_size: u32,
    /// The version that the caller knows. The newest official page says that REST callers send 0.
    #[serde(rename = "LastSequence", default)]
    pub last_sequence: i64,
}

impl List {
    /// The page size of [`new`](Self::new).
    pub const DEFAULT_PAGE_SIZE: u32 = 100;
    /// The largest page size that the service documents.
    pub const MAX_PAGE_SIZE: u32 = 1000;

    /// Lists all users that `from` blocks.
    pub fn new(from: impl Into<UserId>) -> Self {
        Self { from: from.into(), start: StartIndex::default(), page_size: Self::DEFAULT_PAGE_SIZE, last_sequence: 0 }
    }

    /// Sets the maximum number of entries of a page: 1 to 1000, 100 by default.
    #[must_use]
    pub fn page_size(self, entries: u32) -> Self {
        Self { page_size: entries, ..self }
    }

    /// Starts at `index`, for example to resume after an error.
    #[must_use]
    pub fn start_at(self, index: StartIndex) -> Self {
        Self { start: index, ..self }
    }
}

/// The response of black_list_get: a page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListResponse {
    /// The entries of this page.
    #[serde(rename = "BlackListItem", default)]
    pub items: Vec<ListItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The position of the next page; 0 on the last page.
    #[serde(rename = "StartIndex", default)]
    pub next: StartIndex,
    /// The version of the list. The key is written as in the documented sample. The key of the
    /// documented table, `CurrentSequence`, is read too.
    #[serde(rename = "CurruentSequence", alias = "CurrentSequence", default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
}

impl ListResponse {
    /// Creates a page with these entries. Without a next position, it is the last page.
    pub fn new(items: Vec<ListItem>, next: Option<StartIndex>, sequence: i64) -> Self {
        Self { items, unreadable: Vec::new(), next: next.unwrap_or_default(), sequence: Some(sequence) }
    }
}

impl ResponseBody for ListResponse {
    const ITEMS: &'static [&'static str] = &["BlackListItem"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("CurrentSequence", "CurruentSequence")];
    const CURSOR: Option<&'static str> = Some("StartIndex");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// A blocked user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListItem {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// When the user was blocked, in unix seconds; 0 if it is missing.
    #[serde(rename = "AddBlackTimeStamp", default)]
    pub blocked_at: u64,
}

impl ListItem {
    /// Creates an entry.
    pub fn new(user: impl Into<UserId>, blocked_at: u64) -> Self {
        Self { user: user.into(), blocked_at }
    }
}

impl Endpoint for List {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "black_list_get";
    const IDEMPOTENT: bool = true;
    type Response = ListResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        validate::range("MaxLimited", self.page_size, 1, Self::MAX_PAGE_SIZE)
    }
}

impl Command for List {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Paged;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34914";
}

impl Paged for List {
    type Position = StartIndex;
    type Item = ListItem;

    fn split(response: ListResponse) -> (Vec<ListItem>, Option<StartIndex>) {
        (response.items, response.next.into_next())
    }

    fn user(item: &ListItem) -> &UserId {
        &item.user
    }

    fn position(&self) -> StartIndex {
        self.start
    }

    fn seek(&mut self, start: StartIndex) {
        self.start = start;
    }

    fn sequence(response: &ListResponse) -> Option<Sequence> {
        response.sequence.map(|sequence| Sequence([sequence, 0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_of_the_version_are_read_and_the_one_of_the_sample_is_written() {
        for key in ["CurruentSequence", "CurrentSequence"] {
            let page: ListResponse = serde_json::from_str(&format!(r#"{{"{key}":13}}"#)).unwrap();
            assert_eq!(List::sequence(&page), Some(Sequence([13, 0])));
            assert!(serde_json::to_string(&page).unwrap().ends_with(r#""CurruentSequence":13}"#));
        }
        assert_eq!(List::sequence(&ListResponse::default()), None);
    }

    #[test]
    fn a_position_of_0_ends_a_list() {
        let next = |start| List::split(ListResponse { next: StartIndex(start), ..ListResponse::default() }).1;
        assert_eq!((next(0), next(100)), (None, Some(StartIndex(100))));
    }

    #[test]
    fn a_page_size_is_1_to_1000() {
        assert_eq!(List::new("alice").page_size(1000).validate(), Ok(()));
        let error = List::new("alice").page_size(1001).validate().unwrap_err();
        assert_eq!(error.to_string(), "MaxLimited is 1001: it must be 1 to 1000");
    }
}
