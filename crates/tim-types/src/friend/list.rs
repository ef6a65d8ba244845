//! POST v4/sns/friend_get
//! <https://www.tencentcloud.com/document/product/1047/34908>

use serde::{Deserialize, Serialize};

use super::FriendFields;
use crate::{
    Command, Effect, Endpoint, InvalidRequest, Paged, ResponseBody, Sequence, Shape, StartIndex, UnreadableItem,
    UserId, validate,
};

/// Lists the friends of a user with the fields of the friend list, page by page.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34908)
///
/// The service allows 200 calls per second, and chooses the size of a page. The list does not have
/// the fields of profiles; use [`Get`](super::Get) to read them. The call only reads, so a retry is
/// harmless.
///
/// Each page has the versions of the list. If they change between two pages, the clients read the
/// list again from its start, and leave out the friends that they have already returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The position at which the page starts.
    #[serde(rename = "StartIndex")]
    pub start: StartIndex,
    /// The version of the documented fields that the caller knows; 0 if it knows none.
    #[serde(rename = "StandardSequence", default)]
    pub standard_sequence: i64,
    /// The version of the custom fields that the caller knows; 0 if it knows none.
    #[serde(rename = "CustomSequence", default)]
    pub custom_sequence: i64,
}

impl List {
    /// Lists all friends of `from`.
    pub fn new(from: impl Into<UserId>) -> Self {
        Self { from: from.into(), start: StartIndex::default(), standard_sequence: 0, custom_sequence: 0 }
    }

    /// Leaves out the data that has not changed since an earlier response; see
    /// [`ListResponse::sequence`].
    ///
    /// The clients send the versions only for the first page, because a further page with the
    /// current versions would have no data.
    #[must_use]
    pub fn changed_since(self, known: Sequence) -> Self {
        let Sequence([standard_sequence, custom_sequence]) = known;
        Self { standard_sequence, custom_sequence, ..self }
    }

    /// Starts at `index`, for example to resume after an error.
    #[must_use]
    pub fn start_at(self, index: StartIndex) -> Self {
        Self { start: index, ..self }
    }
}

/// The response of friend_get: a page of the list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListResponse {
    /// The friends of this page.
    #[serde(rename = "UserDataItem", default)]
    pub items: Vec<ListItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The version of the documented fields.
    #[serde(rename = "StandardSequence", default, skip_serializing_if = "Option::is_none")]
    pub standard_sequence: Option<i64>,
    /// The version of the custom fields.
    #[serde(rename = "CustomSequence", default, skip_serializing_if = "Option::is_none")]
    pub custom_sequence: Option<i64>,
    /// The number of friends in the whole list.
    #[serde(rename = "FriendNum", default)]
    pub count: u64,
    /// A number other than 0 on the last page.
    #[serde(rename = "CompleteFlag", default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<i64>,
    /// The position of the next page; 0 on the last page.
    #[serde(rename = "NextStartIndex", default)]
    pub next: StartIndex,
}

impl ListResponse {
    /// Creates a page with these friends. Without a next position, it is the last page.
    pub fn new(items: Vec<ListItem>, sequence: Sequence, count: u64, next: Option<StartIndex>) -> Self {
        let Sequence([standard, custom]) = sequence;
        Self {
            items,
            unreadable: Vec::new(),
            standard_sequence: Some(standard),
            custom_sequence: Some(custom),
            count,
            complete: Some(i64::from(next.is_none())),
            next: next.unwrap_or_default(),
        }
    }

    /// Returns the versions of the list; `None` if the response has none.
    pub fn sequence(&self) -> Option<Sequence> {
        if self.standard_sequence.is_none() && self.custom_sequence.is_none() {
            return None;
        }
        Some(Sequence([self.standard_sequence.unwrap_or_default(), self.custom_sequence.unwrap_or_default()]))
    }
}

impl ResponseBody for ListResponse {
    const ITEMS: &'static [&'static str] = &["UserDataItem"];
    const CURSOR: Option<&'static str> = Some("NextStartIndex");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// A friend in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListItem {
    /// The friend.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// The fields of the friend list that are set.
    #[serde(rename = "ValueItem", default)]
    pub fields: FriendFields,
}

impl ListItem {
    /// Creates an entry with these fields.
    pub fn new(user: impl Into<UserId>, fields: impl Into<FriendFields>) -> Self {
        Self { user: user.into(), fields: fields.into() }
    }
}

impl Endpoint for List {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_get";
    const IDEMPOTENT: bool = true;
    type Response = ListResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)
    }
}

impl Command for List {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Paged;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34908";
}

impl Paged for List {
    type Position = StartIndex;
    type Item = ListItem;

    /// Without `CompleteFlag`, a next position of 0 ends the list.
    fn split(response: ListResponse) -> (Vec<ListItem>, Option<StartIndex>) {
        let next = match response.complete {
            Some(0) => Some(response.next),
            Some(_) => None,
            None => response.next.into_next(),
        };
        (response.items, next)
    }

    fn user(item: &ListItem) -> &UserId {
        &item.user
    }

    fn position(&self) -> StartIndex {
        self.start
    }

    /// Also clears the known versions: with the current versions, the page would have no data.
    fn seek(&mut self, start: StartIndex) {
        *self = Self { start, standard_sequence: 0, custom_sequence: 0, from: self.from.clone() };
    }

    fn sequence(response: &ListResponse) -> Option<Sequence> {
        response.sequence()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(json: &str) -> ListResponse {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_flag_ends_a_list() {
        let next = |json| List::split(page(json)).1;
        assert_eq!(next(r#"{"CompleteFlag":0,"NextStartIndex":100}"#), Some(StartIndex(100)));
        assert_eq!(next(r#"{"CompleteFlag":1,"NextStartIndex":100}"#), None);
        assert_eq!(next(r#"{"CompleteFlag":2,"NextStartIndex":0}"#), None);
        assert_eq!(next(r#"{"NextStartIndex":100}"#), Some(StartIndex(100)));
        assert_eq!(next("{}"), None);
        assert_eq!(next(r#"{"CompleteFlag":0}"#), Some(StartIndex(0)), "a list that does not end is an error");
    }

    #[test]
    fn a_version_is_missing_and_not_0() {
        assert_eq!(page("{}").sequence(), None);
        assert_eq!(page(r#"{"StandardSequence":88,"CustomSequence":46}"#).sequence(), Some(Sequence([88, 46])));
        assert_eq!(page(r#"{"StandardSequence":88}"#).sequence(), Some(Sequence([88, 0])));
    }

    #[test]
    fn a_further_page_is_requested_without_known_versions() {
        let mut request = List::new("alice").changed_since(Sequence([88, 46]));
        let text = r#"{"From_Account":"alice","StartIndex":0,"StandardSequence":88,"CustomSequence":46}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        request.seek(StartIndex(100));
        assert_eq!(request, List::new("alice").start_at(StartIndex(100)));
    }
}
