//! POST v4/sns/friend_update
//! <https://www.tencentcloud.com/document/product/1047/34904>

use serde::{Deserialize, Serialize};

use super::FriendField;
use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, Target, TargetOutcome, TargetResults,
    Template, UserId, batch, object,
};

/// Sets the remark, the groups and custom fields of up to 1000 friends of `from`.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34904)
///
/// The service allows 200 calls per second. The documents do not name a maximum number of targets,
/// so a batch puts 100 into a call. They do not say whether a list of groups replaces the groups of
/// the friend or is added to them. A target that is not a friend is rejected with
/// [`BAD_PARAMETER`](crate::ErrorCode::BAD_PARAMETER).
///
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// A retry sets the same values again. It can undo a change that the user made in between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Update {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The friends and their new fields, 1 to 1000.
    #[serde(rename = "UpdateItem", deserialize_with = "object::list")]
    pub friends: Vec<UpdatedFriend>,
}

impl Update {
    /// Sets the fields of each friend.
    pub fn new(from: impl Into<UserId>, friends: impl IntoIterator<Item = UpdatedFriend>) -> Self {
        Self { from: from.into(), friends: friends.into_iter().collect() }
    }

    /// Returns a template for batches that set the fields of each target in the list of `from`.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// A friend and its new fields: a target of [`Update`].
///
/// ```
/// use tim_types::friend::{FriendField, Update, UpdatedFriend};
///
/// let fields = [FriendField::remark("B."), FriendField::groups(["Work", "Chess"])];
/// let bob = UpdatedFriend::new("bob", fields);
/// let request = Update::new("alice", [bob]);
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdatedFriend {
    /// The friend.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// The fields to set, at least one: the remark, the groups, or custom fields. Other fields stay
    /// as they are.
    #[serde(rename = "SnsItem", deserialize_with = "object::list")]
    pub fields: Vec<FriendField>,
}

impl UpdatedFriend {
    /// Creates a target with these fields.
    pub fn new(user: impl Into<UserId>, fields: impl IntoIterator<Item = FriendField>) -> Self {
        Self { user: user.into(), fields: fields.into_iter().collect() }
    }
}

impl Target for UpdatedFriend {
    fn user(&self) -> &UserId {
        &self.user
    }
}

impl Endpoint for Update {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_update";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.friends)
    }
}

impl Command for Update {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34904";
}

impl Batch for Update {
    type From = UserId;
    type Target = UpdatedFriend;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 1000;
    const TARGET_FIELD: &'static str = "UpdateItem[].To_Account";
    const EXCLUSIVE: bool = true;

    fn max_targets((): &()) -> usize {
        100
    }

    fn validate_target(friend: &UpdatedFriend) -> Result<(), InvalidRequest> {
        friend.user.validate(Self::TARGET_FIELD)?;
        if friend.fields.is_empty() {
            return Err(InvalidRequest::EmptyList { field: "UpdateItem[].SnsItem".to_owned() });
        }
        let check =
            |(position, field): (usize, &FriendField)| field.validate(&format!("UpdateItem[].SnsItem[{position}]"));
        friend.fields.iter().enumerate().try_for_each(check)
    }

    fn with_targets(from: UserId, (): (), friends: Vec<UpdatedFriend>) -> Self {
        Self { from, friends }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.into_outcomes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_sent_as_a_list() {
        let bob = UpdatedFriend::new("bob", [FriendField::remark("B."), FriendField::groups(["Work", "Chess"])]);
        let request = Update::new("alice", [bob]);
        let text = r#"{"From_Account":"alice","UpdateItem":[{"To_Account":"bob","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"B."},{"Tag":"Tag_SNS_IM_Group","Value":["Work","Chess"]}]}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Update>(text).unwrap(), request);
    }

    #[test]
    fn an_error_names_the_friend_and_the_field() {
        let remark = |bytes| UpdatedFriend::new("bob", [FriendField::remark("x".repeat(bytes))]);
        let error = |friend| Update::new("alice", [remark(1), friend]).validate().unwrap_err().to_string();
        assert_eq!(error(remark(97)), "UpdateItem[1].SnsItem[0].Value has 97 bytes: it may have at most 96");
        assert!(error(UpdatedFriend::new("bob", [])).starts_with("UpdateItem[1].SnsItem is empty"));
    }
}
