//! POST v4/sns/group_get
//! <https://www.tencentcloud.com/document/product/1047/40123>

use serde::{Deserialize, Serialize};

use super::validate_each;
use crate::open_string::open_string;
use crate::{Command, Effect, Endpoint, InvalidRequest, ResponseBody, Shape, Target, UnreadableItem, UserId, validate};

/// Lists the friend groups of a user, with or without the friends in them.
/// [Official page](https://www.tencentcloud.com/document/product/1047/40123)
///
/// The service allows 200 calls per second. One response has all groups. The call only reads, so a
/// retry is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// The owner of the friend groups.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// Whether the response has the friends of each group. If it is `None`, the response has only
    /// their number.
    #[serde(rename = "NeedFriend", default, skip_serializing_if = "Option::is_none")]
    pub need_friend: Option<NeedFriend>,
    /// The names of the groups to return; empty for all groups.
    #[serde(rename = "GroupName", default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The version that the caller knows. Older documents require it; the newest do not have it.
    #[serde(rename = "LastSequence", default, skip_serializing_if = "Option::is_none")]
    pub last_sequence: Option<i64>,
}

impl List {
    /// Lists all friend groups of `from`, without the friends in them.
    pub fn new(from: impl Into<UserId>) -> Self {
        Self { from: from.into(), need_friend: None, names: Vec::new(), last_sequence: None }
    }

    /// Returns the friends of each group too.
    #[must_use]
    pub fn with_friends(self) -> Self {
        Self { need_friend: Some(NeedFriend::YES), ..self }
    }

    /// Returns only the groups with these names. The documents contradict each other if a call also
    /// asks for [friends](Self::with_friends): according to the text, the response does not have
    /// the friends, but the sample has them.
    #[must_use]
    pub fn names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), ..self }
    }
}

open_string! {
    /// Whether the response has the friends of each group.
    NeedFriend {
        /// The response has the friends. This is the only documented value.
        YES = "Need_Friend_Type_Yes",
        /// The response does not have the friends. Some SDKs send this value.
        NO = "Need_Friend_Type_No",
    }
}

/// The response of group_get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListResponse {
    /// The friend groups.
    #[serde(rename = "ResultItem", default)]
    pub groups: Vec<Group>,
    /// The groups that cannot be read; the others are in `groups`. The target of an unreadable item
    /// is the name of its group.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The version of the friend groups.
    #[serde(rename = "CurrentSequence", default)]
    pub sequence: i64,
}

impl ListResponse {
    /// Creates a response with these groups.
    pub fn new(groups: Vec<Group>, sequence: i64) -> Self {
        Self { groups, unreadable: Vec::new(), sequence }
    }
}

impl ResponseBody for ListResponse {
    const ITEMS: &'static [&'static str] = &["ResultItem"];
    const ITEM_USER: &'static str = "GroupName";

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// A friend group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The name.
    #[serde(rename = "GroupName")]
    pub name: String,
    /// The number of friends in the group.
    #[serde(rename = "FriendNumber", default)]
    pub count: u64,
    /// The friends; `None` if the request did not ask for them.
    #[serde(rename = "To_Account", default, skip_serializing_if = "Option::is_none")]
    pub friends: Option<Vec<UserId>>,
}

impl Group {
    /// Creates a group with a number of friends.
    pub fn new(name: impl Into<String>, count: u64) -> Self {
        Self { name: name.into(), count, friends: None }
    }

    /// Creates a group with its friends.
    pub fn with_friends(name: impl Into<String>, friends: Vec<UserId>) -> Self {
        Self { name: name.into(), count: friends.len() as u64, friends: Some(friends) }
    }
}

impl Target for List {
    fn user(&self) -> &UserId {
        &self.from
    }
}

impl Endpoint for List {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "group_get";
    const IDEMPOTENT: bool = true;
    type Response = ListResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        let need_friend = self.need_friend.as_ref().map(NeedFriend::as_str);
        need_friend.map_or(Ok(()), |value| validate::one_of("NeedFriend", value, NeedFriend::KNOWN))?;
        validate_each(&self.names)
    }
}

impl Command for List {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/40123";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_are_set_are_sent() {
        let request = List::new("alice");
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"From_Account":"alice"}"#);
        let text = r#"{"From_Account":"alice","NeedFriend":"Need_Friend_Type_Yes","GroupName":["Work"]}"#;
        let request = request.with_friends().names(["Work"]);
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<List>(text).unwrap(), request);
        assert_eq!(request.validate(), Ok(()));
        assert!(List { need_friend: Some("Yes".into()), ..List::new("alice") }.validate().is_err());
    }

    #[test]
    fn an_empty_group_differs_from_a_group_without_a_list() {
        let read = |json| serde_json::from_str::<Group>(json).unwrap();
        assert_eq!(read(r#"{"GroupName":"Work","FriendNumber":1}"#), Group::new("Work", 1));
        let empty = read(r#"{"GroupName":"Work","FriendNumber":0,"To_Account":[]}"#);
        assert_eq!(empty, Group::with_friends("Work", Vec::new()));
    }
}
