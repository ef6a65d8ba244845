//! POST v4/sns/friend_import
//! <https://www.tencentcloud.com/document/product/1047/34903>

use serde::{Deserialize, Serialize};

use super::new_friend::validate_texts;
use super::{AddSource, FriendField};
use crate::fields::group_name;
use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, Target, TargetOutcome, TargetResults,
    Template, UserId, batch, object,
};

/// Writes up to 1000 users into the friend list of `from`: in one direction, without their consent,
/// and without webhooks.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34903)
///
/// The service allows 200 calls per second. A user can have 3000 friends and 32 friend groups. To
/// make two users friends of each other, import both directions.
///
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// A retry writes the same entries again. It can undo a change that a user made in between. The
/// documents do not say what an import of a user who is already a friend changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Import {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The friends, 1 to 1000.
    #[serde(rename = "AddFriendItem", deserialize_with = "object::list")]
    pub friends: Vec<ImportedFriend>,
}

impl Import {
    /// Writes each friend into the list of `from`.
    pub fn new(from: impl Into<UserId>, friends: impl IntoIterator<Item = ImportedFriend>) -> Self {
        Self { from: from.into(), friends: friends.into_iter().collect() }
    }

    /// Returns a template for batches that write each target into the list of `from`.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// A friend to import: a target of [`Import`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportedFriend {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// Where the friend was added.
    #[serde(rename = "AddSource")]
    pub source: AddSource,
    /// The remark, up to 96 bytes.
    #[serde(rename = "Remark", default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// When the remark was set. The documents do not name the unit; it is probably unix seconds.
    #[serde(rename = "RemarkTime", default, skip_serializing_if = "Option::is_none")]
    pub remark_time: Option<u64>,
    /// The friend groups of `from` that contain the friend, 1 to 30 bytes each.
    #[serde(rename = "GroupName", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The message with which the friend was added, up to 256 bytes.
    #[serde(rename = "AddWording", default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// When the friend was added, in unix seconds.
    #[serde(rename = "AddTime", default, skip_serializing_if = "Option::is_none")]
    pub added_at: Option<u64>,
    /// Fields that the app has defined: see [`FriendField::custom`].
    #[serde(rename = "CustomItem", default, skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<FriendField>,
}

impl ImportedFriend {
    /// Creates a target with a source only.
    pub fn new(user: impl Into<UserId>, source: AddSource) -> Self {
        Self {
            user: user.into(),
            source,
            remark: None,
            remark_time: None,
            groups: Vec::new(),
            wording: None,
            added_at: None,
            custom: Vec::new(),
        }
    }

    /// Sets the remark, up to 96 bytes.
    #[must_use]
    pub fn remark(self, text: impl Into<String>) -> Self {
        Self { remark: Some(text.into()), ..self }
    }

    /// Sets the friend groups, 1 to 30 bytes each.
    #[must_use]
    pub fn groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { groups: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the message with which the friend was added, up to 256 bytes.
    #[must_use]
    pub fn wording(self, text: impl Into<String>) -> Self {
        Self { wording: Some(text.into()), ..self }
    }

    /// Sets the time at which the friend was added, in unix seconds.
    #[must_use]
    pub fn added_at(self, time: u64) -> Self {
        Self { added_at: Some(time), ..self }
    }

    /// Sets the fields that the app has defined: see [`FriendField::custom`].
    #[must_use]
    pub fn custom(self, fields: impl IntoIterator<Item = FriendField>) -> Self {
        Self { custom: fields.into_iter().collect(), ..self }
    }

    fn validate(&self, at: &str) -> Result<(), InvalidRequest> {
        self.user.validate(&format!("{at}.To_Account"))?;
        validate_texts(at, &self.source, self.remark.as_deref(), self.wording.as_deref())?;
        self.groups.iter().try_for_each(|group| group_name(&format!("{at}.GroupName"), group))?;
        let check =
            |(position, field): (usize, &FriendField)| field.validate_custom(&format!("{at}.CustomItem[{position}]"));
        self.custom.iter().enumerate().try_for_each(check)
    }
}

impl Target for ImportedFriend {
    fn user(&self) -> &UserId {
        &self.user
    }
}

impl Endpoint for Import {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_import";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.friends)
    }
}

impl Command for Import {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34903";
}

impl Batch for Import {
    type From = UserId;
    type Target = ImportedFriend;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 1000;
    const TARGET_FIELD: &'static str = "AddFriendItem[].To_Account";
    const EXCLUSIVE: bool = true;

    fn validate_target(friend: &ImportedFriend) -> Result<(), InvalidRequest> {
        friend.validate("AddFriendItem[]")
    }

    fn with_targets(from: UserId, (): (), friends: Vec<ImportedFriend>) -> Self {
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
    fn a_request_has_all_fields_of_a_friend() {
        let mut bob = ImportedFriend::new("bob", AddSource::WEB)
            .remark("Bob")
            .groups(["Work", "Chess"])
            .wording("hi")
            .added_at(1700000000)
            .custom([FriendField::custom("Test", "x")]);
        bob.remark_time = Some(1700000000);
        let request = Import::new("alice", [bob]);
        let text = r#"{"From_Account":"alice","AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","Remark":"Bob","RemarkTime":1700000000,"GroupName":["Work","Chess"],"AddWording":"hi","AddTime":1700000000,"CustomItem":[{"Tag":"Tag_SNS_Custom_Test","Value":"x"}]}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Import>(text).unwrap(), request);
        assert_eq!(request.validate(), Ok(()));
    }

    #[test]
    fn an_error_names_the_field_of_the_friend() {
        let bob = || ImportedFriend::new("bob", AddSource::WEB);
        let error = |friend| Import::new("alice", [bob(), friend]).validate().unwrap_err().to_string();
        assert!(error(bob().groups(["Work", ""])).starts_with("AddFriendItem[1].GroupName is \"\""));
        assert!(error(bob().custom([FriendField::remark("x")])).starts_with("AddFriendItem[1].CustomItem[0].Tag is "));
        assert!(error(ImportedFriend::new("bob", "Web".into())).starts_with("AddFriendItem[1].AddSource is \"Web\""));
        assert!(error(bob().wording("x".repeat(257))).starts_with("AddFriendItem[1].AddWording has 257 bytes"));
    }
}
