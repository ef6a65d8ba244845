//! POST v4/follow/follow_get
//! <https://www.tencentcloud.com/document/product/1047/70347>

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Command, Cursor, Effect, Endpoint, InvalidRequest, Paged, Profile, ResponseBody, Shape, UnreadableItem, UserId,
    validate,
};

/// Lists the followers, the followed users or the mutual follows of a user, in pages of up to 1000.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70347)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless. The order
/// of a list, and what a page contains after the list has changed, is not documented. The guide for
/// client SDKs says that mutual follows are in the other two lists too; the page of this command
/// does not mention it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// The owner of the list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The list to read.
    #[serde(rename = "FollowType")]
    pub kind: ListKind,
    /// The position at which the page starts.
    #[serde(rename = "StartCursor")]
    pub start: Cursor,
    /// The maximum number of entries of the page, 1 to 1000.
    #[serde(rename = "WantNum")]
    pub page_size: u32,
}

impl List {
    /// The page size that the service documents as its default.
    pub const DEFAULT_PAGE_SIZE: u32 = 100;
    /// The largest page size that the service documents.
    pub const MAX_PAGE_SIZE: u32 = 1000;

    /// Lists the users who follow `from`; the service calls them fans.
    pub fn followers(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::FOLLOWERS)
    }

    /// Lists the users whom `from` follows.
    pub fn following(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::FOLLOWING)
    }

    /// Lists the users who follow `from` and whom `from` follows.
    pub fn mutual(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::MUTUAL)
    }

    /// Lists the users of one kind, from the start of the list.
    pub fn new(from: impl Into<UserId>, kind: ListKind) -> Self {
        Self { from: from.into(), kind, start: Cursor::START, page_size: Self::DEFAULT_PAGE_SIZE }
    }

    /// Sets the maximum number of entries of a page: 1 to 1000, 100 by default.
    #[must_use]
    pub fn page_size(self, entries: u32) -> Self {
        Self { page_size: entries, ..self }
    }

    /// Starts at `cursor`, for example to resume after an error.
    #[must_use]
    pub fn start_at(self, cursor: Cursor) -> Self {
        Self { start: cursor, ..self }
    }
}

/// A kind of list: `FollowType` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListKind(pub i64);

impl ListKind {
    /// The users who follow the owner of the list.
    pub const FOLLOWERS: Self = Self(1);
    /// The users whom the owner follows.
    pub const FOLLOWING: Self = Self(2);
    /// The users for whom both are true.
    pub const MUTUAL: Self = Self(3);
}

impl fmt::Display for ListKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FOLLOWERS => f.pad("followers"),
            Self::FOLLOWING => f.pad("following"),
            Self::MUTUAL => f.pad("mutual"),
            Self(unknown) => f.pad(&format!("unknown ({unknown})")),
        }
    }
}

/// The response of follow_get: a page of the list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListResponse {
    /// The entries of this page.
    #[serde(rename = "FollowItem", default)]
    pub items: Vec<ListItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The position of the next page; empty on the last page. A page with fewer entries than
    /// requested, or without entries, can have a next page.
    #[serde(rename = "NextCursor", default)]
    pub next: Cursor,
}

impl ListResponse {
    /// Creates a page with these entries.
    pub fn new(items: Vec<ListItem>, next: Cursor) -> Self {
        Self { items, unreadable: Vec::new(), next }
    }
}

impl ResponseBody for ListResponse {
    const ITEMS: &'static [&'static str] = &["FollowItem"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("ProfileSequence", "profile_sequence")];
    const CURSOR: Option<&'static str> = Some("NextCursor");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListItem {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// A time in Unix seconds; 0 if it is missing. The name suggests that it is the start of the
    /// follow, but this is not documented.
    #[serde(rename = "FollowTime", default)]
    pub followed_at: u64,
    /// Fields of the user's profile. They are in the documented sample, but not in the documented
    /// table of fields.
    #[serde(rename = "ProfileItem", default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The version of the profile. It is in the documented sample, but not in the documented table
    /// of fields. The key `ProfileSequence`, which Tencent's web SDK uses, is read too.
    #[serde(rename = "profile_sequence", alias = "ProfileSequence", default, skip_serializing_if = "Option::is_none")]
    pub profile_sequence: Option<i64>,
}

impl ListItem {
    /// Creates an entry without a profile.
    pub fn new(user: impl Into<UserId>, followed_at: u64) -> Self {
        Self { user: user.into(), followed_at, profile: None, profile_sequence: None }
    }

    /// Adds a profile and its version.
    #[must_use]
    pub fn with_profile(self, profile: impl Into<Profile>, sequence: i64) -> Self {
        Self { profile: Some(profile.into()), profile_sequence: Some(sequence), ..self }
    }
}

impl Endpoint for List {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_get";
    const IDEMPOTENT: bool = true;
    type Response = ListResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        validate::one_of("FollowType", &self.kind.0.to_string(), &["1", "2", "3"])?;
        validate::range("WantNum", self.page_size, 1, Self::MAX_PAGE_SIZE)
    }
}

impl Command for List {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Paged;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/70347";
}

impl Paged for List {
    type Position = Cursor;
    type Item = ListItem;

    fn split(response: ListResponse) -> (Vec<ListItem>, Option<Cursor>) {
        (response.items, response.next.into_next())
    }

    fn user(item: &ListItem) -> &UserId {
        &item.user
    }

    fn position(&self) -> Cursor {
        self.start.clone()
    }

    fn seek(&mut self, cursor: Cursor) {
        self.start = cursor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_for_the_first_page_has_an_empty_cursor() {
        assert_eq!(
            serde_json::to_string(&List::followers("alice").page_size(2)).unwrap(),
            r#"{"From_Account":"alice","FollowType":1,"StartCursor":"","WantNum":2}"#
        );
    }

    #[test]
    fn a_page_size_is_1_to_1000() {
        assert_eq!(List::mutual("alice").page_size(1000).validate(), Ok(()));
        let error = List::mutual("alice").page_size(1001).validate().unwrap_err();
        assert_eq!(error.to_string(), "WantNum is 1001: it must be 1 to 1000");
        assert!(List::mutual("alice").page_size(0).validate().is_err());
    }

    #[test]
    fn both_keys_of_the_profile_sequence_are_read() {
        for key in ["profile_sequence", "ProfileSequence"] {
            let item: ListItem = serde_json::from_str(&format!(r#"{{"To_Account":"bob","{key}":7}}"#)).unwrap();
            assert_eq!(item.profile_sequence, Some(7));
        }
    }

    #[test]
    fn only_an_empty_cursor_ends_a_list() {
        let page = |next: &str| List::split(ListResponse::new(Vec::new(), Cursor::new(next))).1;
        assert_eq!(page(""), None);
        assert_eq!(page("7"), Some(Cursor::new("7")));
    }
}
