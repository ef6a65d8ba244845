//! POST v4/follow/follow_check
//! <https://www.tencentcloud.com/document/product/1047/70349>

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, ResponseBody, Shape,
    TargetOutcome, Template, UnreadableItem, UserId, batch, target,
};

/// Checks who follows whom between `from` and up to 100 users.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70349)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The user whose relations are checked.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to check against, 1 to 100.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Check {
    /// Checks the relation between `from` and each user of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that check the relation between `from` and each target.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// The relation between the user in `From_Account` and a target.
///
/// The numbers are those of REST. The native client SDKs use 1 and 2 the other way round, so do not
/// compare with their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Relation(pub i64);

impl Relation {
    /// Neither follows the other.
    pub const NONE: Self = Self(0);
    /// The target follows `from`, but `from` does not follow the target.
    pub const FOLLOWER: Self = Self(1);
    /// `from` follows the target, but the target does not follow `from`.
    pub const FOLLOWING: Self = Self(2);
    /// Both follow each other.
    pub const MUTUAL: Self = Self(3);

    /// Returns whether `from` follows the target; `None` for a number that this version does not
    /// know.
    pub fn follows(self) -> Option<bool> {
        matches!(self.0, 0..=3).then_some(self.0 & 2 != 0)
    }

    /// Returns whether the target follows `from`; `None` for a number that this version does not
    /// know.
    pub fn followed_by(self) -> Option<bool> {
        matches!(self.0, 0..=3).then_some(self.0 & 1 != 0)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.pad("none"),
            Self::FOLLOWER => f.pad("follower"),
            Self::FOLLOWING => f.pad("following"),
            Self::MUTUAL => f.pad("mutual"),
            Self(unknown) => f.pad(&format!("unknown ({unknown})")),
        }
    }
}

/// The response of follow_check: an item for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResponse {
    /// The relation of each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<CheckItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl CheckResponse {
    /// Creates a response with these items.
    pub fn new(items: Vec<CheckItem>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl ResponseBody for CheckResponse {
    const ITEMS: &'static [&'static str] = &["ResultItem"];

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// The relation of one target. Read it with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why the service rejected this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// The relation. Valid only if the code is 0.
    #[serde(rename = "FollowType", default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
}

impl CheckItem {
    /// Creates the item of a target that was checked.
    pub fn found(target: impl Into<UserId>, relation: Relation) -> Self {
        Self { target: target.into(), code: ErrorCode::OK, info: String::new(), relation: Some(relation) }
    }

    /// Creates the item of a target that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into(), relation: None }
    }

    /// Returns the relation.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target. The code is 0 if the item
    /// has no relation.
    pub fn result(&self) -> Result<Relation, Rejection> {
        target::result_of_item(self.code, &self.info, self.relation)
    }
}

impl Endpoint for Check {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_check";
    const IDEMPOTENT: bool = true;
    type Response = CheckResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Check {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/70349";
}

impl Batch for Check {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = Relation;

    const MAX_TARGETS: usize = 100;

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: CheckResponse) -> Vec<TargetOutcome<Relation>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_has_a_direction() {
        let read = |relation: Relation| (relation.follows(), relation.followed_by());
        assert_eq!(read(Relation::NONE), (Some(false), Some(false)));
        assert_eq!(read(Relation::FOLLOWER), (Some(false), Some(true)));
        assert_eq!(read(Relation::FOLLOWING), (Some(true), Some(false)));
        assert_eq!(read(Relation::MUTUAL), (Some(true), Some(true)));
        assert_eq!(read(Relation(4)), (None, None));
        assert_eq!(read(Relation(-1)), (None, None));
    }

    #[test]
    fn a_relation_is_used_only_beside_code_0() {
        let item: CheckItem = serde_json::from_str(
            r#"{"To_Account":"bob","ResultCode":30003,"ResultInfo":"no such user","FollowType":0}"#,
        )
        .unwrap();
        assert_eq!(item.result().unwrap_err().code, ErrorCode(30003));
        let bare: CheckItem = serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0}"#).unwrap();
        assert_eq!(bare.result().unwrap_err().code, ErrorCode::OK);
    }

    #[test]
    fn a_call_takes_at_most_100_targets() {
        assert_eq!(Check::new("alice", vec!["bob"; 100]).validate(), Ok(()));
        assert!(Check::new("alice", vec!["bob"; 101]).validate().is_err());
    }
}
