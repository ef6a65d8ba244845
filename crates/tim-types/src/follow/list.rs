//! POST v4/follow/follow_get
//! <https://www.tencentcloud.com/document/product/1047/70347>

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Command, Cursor, Effect, Endpoint, InvalidRequest, Paged, ProfileItem, ResponseBody, Shape, UnreadableItem, UserId,
    validate,
};

/// The followers, followed or mutual users of a user, in pages of up to 1000.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70347)
///
/// Reads only, so a repeat is harmless. The order of a list, and what happens to it when it changes between two pages,
/// is not documented. The guide for clients says that a
/// mutual user is in the other two lists too; the page of this command does not say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// Whose list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// Which list.
    #[serde(rename = "FollowType")]
    pub kind: ListKind,
    /// Where the page starts.
    #[serde(rename = "StartCursor")]
    pub start: Cursor,
    /// How many entries a page has at most, 1 to 1000.
    #[serde(rename = "WantNum")]
    pub page_size: u32,
}

impl List {
    /// The page size that the service documents as its default.
    pub const DEFAULT_PAGE_SIZE: u32 = 100;
    /// The largest page.
    pub const MAX_PAGE_SIZE: u32 = 1000;

    /// The users who follow `from`; the service calls them fans.
    pub fn followers(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::FOLLOWERS)
    }

    /// The users whom `from` follows.
    pub fn following(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::FOLLOWING)
    }

    /// The users who follow `from` and are followed by it.
    pub fn mutual(from: impl Into<UserId>) -> Self {
        Self::new(from, ListKind::MUTUAL)
    }

    /// A list of `from` by its kind, from its start.
    pub fn new(from: impl Into<UserId>, kind: ListKind) -> Self {
        Self { from: from.into(), kind, start: Cursor::START, page_size: Self::DEFAULT_PAGE_SIZE }
    }

    /// The same list in pages of `entries`, 1 to 1000.
    #[must_use]
    pub fn page_size(self, entries: u32) -> Self {
        Self { page_size: entries, ..self }
    }

    /// The same list from `cursor` on.
    #[must_use]
    pub fn start_at(self, cursor: Cursor) -> Self {
        Self { start: cursor, ..self }
    }
}

/// Which list of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListKind(pub i64);

impl ListKind {
    /// Those who follow the user.
    pub const FOLLOWERS: Self = Self(1);
    /// Those whom the user follows.
    pub const FOLLOWING: Self = Self(2);
    /// Those who are both.
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

/// What follow_get answers: one page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListResponse {
    /// The entries of this page.
    #[serde(rename = "FollowItem", default)]
    pub items: Vec<ListItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// Where the next page starts, empty after the last one. A short page is not the last one.
    #[serde(rename = "NextCursor", default)]
    pub next: Cursor,
}

impl ListResponse {
    /// A page with these entries.
    pub fn new(items: Vec<ListItem>, next: Cursor) -> Self {
        Self { items, unreadable: Vec::new(), next }
    }
}

impl ResponseBody for ListResponse {
    const ITEMS: Option<&'static str> = Some("FollowItem");
    const ALIASES: &'static [(&'static str, &'static str)] = &[("ProfileSequence", "profile_sequence")];
    const CURSOR: Option<&'static str> = Some("NextCursor");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// One user in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListItem {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// Probably when the follow began, as the name suggests, in unix seconds; 0 when the service left it out.
    #[serde(rename = "FollowTime", default)]
    pub followed_at: u64,
    /// Some of the user's profile; in the documented sample, not in the documented field table.
    #[serde(rename = "ProfileItem", default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Vec<ProfileItem>>,
    /// The version of the profile, likewise. Also read as `ProfileSequence`, the spelling in Tencent's web SDK.
    #[serde(rename = "profile_sequence", alias = "ProfileSequence", default, skip_serializing_if = "Option::is_none")]
    pub profile_sequence: Option<i64>,
}

impl ListItem {
    /// An entry without a profile.
    pub fn new(user: impl Into<UserId>, followed_at: u64) -> Self {
        Self { user: user.into(), followed_at, profile: None, profile_sequence: None }
    }

    /// The same entry with a profile.
    #[must_use]
    pub fn with_profile(self, profile: Vec<ProfileItem>, sequence: i64) -> Self {
        Self { profile: Some(profile), profile_sequence: Some(sequence), ..self }
    }
}

impl Endpoint for List {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_get";
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
    fn the_first_page_has_an_empty_cursor() {
        assert_eq!(
            serde_json::to_string(&List::followers("alice").page_size(2)).unwrap(),
            r#"{"From_Account":"alice","FollowType":1,"StartCursor":"","WantNum":2}"#
        );
    }

    #[test]
    fn a_page_holds_1_to_1000() {
        assert_eq!(List::mutual("alice").page_size(1000).validate(), Ok(()));
        let error = List::mutual("alice").page_size(1001).validate().unwrap_err();
        assert_eq!(error.to_string(), "WantNum is 1001: it must be 1 to 1000");
        assert!(List::mutual("alice").page_size(0).validate().is_err());
    }

    #[test]
    fn both_spellings_of_the_profile_sequence_are_read() {
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
