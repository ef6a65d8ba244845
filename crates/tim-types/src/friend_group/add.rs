//! POST v4/sns/group_add
//! <https://www.tencentcloud.com/document/product/1047/34950>

use serde::{Deserialize, Deserializer, Serialize};

use super::validate_names;
use crate::{
    Command, Effect, Endpoint, InvalidRequest, ResponseBody, Shape, Target, TargetResult, UnreadableItem, UserId,
    target, validate,
};

/// Creates friend groups of a user, and can put friends in them.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34950)
///
/// The service allows 200 calls per second. A user can have 32 friend groups; above that, the call
/// is rejected with [`FRIEND_GROUPS_FULL`](crate::ErrorCode::FRIEND_GROUPS_FULL). The documents do
/// not name a maximum number of groups or friends in a call, and do not say whether a friend is put
/// in all groups of the call.
///
/// # Retries
/// A retry leaves the same groups as one call. It restores a group that was deleted in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Add {
    /// The owner of the friend groups.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The names of the groups, at least one, 1 to 30 bytes each.
    #[serde(rename = "GroupName")]
    pub names: Vec<String>,
    /// The friends to put in the groups.
    #[serde(rename = "To_Account", default, deserialize_with = "or_null", skip_serializing_if = "Vec::is_empty")]
    pub friends: Vec<UserId>,
}

/// Some SDKs send null instead of an empty list.
fn or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Add {
    /// Creates groups with these names.
    pub fn new<N: Into<String>>(from: impl Into<UserId>, names: impl IntoIterator<Item = N>) -> Self {
        Self { from: from.into(), names: names.into_iter().map(Into::into).collect(), friends: Vec::new() }
    }

    /// Puts these friends in the groups.
    #[must_use]
    pub fn friends<T: Into<UserId>>(self, users: impl IntoIterator<Item = T>) -> Self {
        Self { friends: users.into_iter().map(Into::into).collect(), ..self }
    }
}

/// The response of group_add.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddResponse {
    /// The result of each friend of the request. A user who is not a friend is rejected with
    /// [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER), or with 32216 in the documented sample.
    #[serde(rename = "ResultItem", default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<TargetResult>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The friends whose item has a code other than 0; present only if there is one.
    #[serde(rename = "Fail_Account", default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<UserId>,
    /// The version of the friend groups.
    #[serde(rename = "CurrentSequence", default)]
    pub sequence: i64,
}

impl AddResponse {
    /// Creates a response with these items. Failed friends are also listed in
    /// [`failed`](Self::failed).
    pub fn new(items: Vec<TargetResult>, sequence: i64) -> Self {
        Self { failed: target::failed(&items), items, unreadable: Vec::new(), sequence }
    }
}

impl ResponseBody for AddResponse {
    const ITEMS: &'static [&'static str] = &["ResultItem"];
    const FAILED: Option<&'static str> = Some("Fail_Account");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn failed(&self) -> &[UserId] {
        &self.failed
    }
}

impl Target for Add {
    fn user(&self) -> &UserId {
        &self.from
    }
}

impl Endpoint for Add {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "group_add";
    const IDEMPOTENT: bool = true;
    type Response = AddResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        validate_names(&self.names)?;
        let check = |(position, user): (usize, &UserId)| user.validate(&format!("To_Account[{position}]"));
        self.friends.iter().enumerate().try_for_each(check)
    }
}

impl Command for Add {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34950";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friends_are_sent_only_if_there_are_some() {
        let request = Add::new("alice", ["Work"]);
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"From_Account":"alice","GroupName":["Work"]}"#);
        let text = r#"{"From_Account":"alice","GroupName":["Work","Chess"],"To_Account":["bob"]}"#;
        let request = Add::new("alice", ["Work", "Chess"]).friends(["bob"]);
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Add>(text).unwrap(), request);
        let null = r#"{"From_Account":"alice","GroupName":["Work"],"To_Account":null}"#;
        assert_eq!(serde_json::from_str::<Add>(null).unwrap(), Add::new("alice", ["Work"]));
    }

    #[test]
    fn an_error_names_the_field() {
        let error = |request: Add| request.validate().unwrap_err().to_string();
        assert_eq!(error(Add::new("alice", [""; 0])), "GroupName is empty: it needs at least one element");
        let long = Add::new("alice", ["Work".to_owned(), "x".repeat(31)]);
        assert_eq!(error(long), "GroupName[1] has 31 bytes: it may have at most 30");
        assert!(error(Add::new("alice", ["Work"]).friends([""])).starts_with("To_Account[0] is empty"));
    }
}
