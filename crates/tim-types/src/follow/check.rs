//! POST v4/follow/follow_check
//! <https://www.tencentcloud.com/document/product/1047/70349>

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, ResponseBody, Shape,
    TargetOutcome, Template, UnreadableItem, UserId, target, validate,
};

/// How `from` stands to up to 100 users. [Official page](https://www.tencentcloud.com/document/product/1047/70349)
///
/// Reads only, so a repeat is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// Who is asked about.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to compare with, 1 to 100.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Check {
    /// How `from` stands to each of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// A batch for `from`, which takes the targets.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// A batch of pairs: `from` and target.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// Who of two users follows whom, seen from `From_Account`.
///
/// The native client SDKs use the numbers 1 and 2 the other way round; these are the ones of the REST interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Relation(pub i64);

impl Relation {
    /// Neither follows the other.
    pub const NONE: Self = Self(0);
    /// The target follows `from`, who does not follow back.
    pub const FOLLOWER: Self = Self(1);
    /// `from` follows the target, who does not follow back.
    pub const FOLLOWING: Self = Self(2);
    /// Both follow each other.
    pub const MUTUAL: Self = Self(3);

    /// Whether `from` follows the target; `None` for a number that this version does not know.
    pub fn follows(self) -> Option<bool> {
        matches!(self.0, 0..=3).then_some(self.0 & 2 != 0)
    }

    /// Whether the target follows `from`; `None` for a number that this version does not know.
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

/// What follow_check answers: an item for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResponse {
    /// What was found for each target.
    #[serde(rename = "ResultItem", default)]
    pub items: Vec<CheckItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl CheckResponse {
    /// An answer with these items.
    pub fn new(items: Vec<CheckItem>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl ResponseBody for CheckResponse {
    const ITEMS: Option<&'static str> = Some("ResultItem");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// What was found for one target; read it with [`result`](Self::result).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why this target was not checked.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text to the code, empty when it is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// Means something only when the code is 0.
    #[serde(rename = "FollowType", default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
}

impl CheckItem {
    /// The item for a target that was checked.
    pub fn found(target: impl Into<UserId>, relation: Relation) -> Self {
        Self { target: target.into(), code: ErrorCode::OK, info: String::new(), relation: Some(relation) }
    }

    /// The item for a target that was not checked.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into(), relation: None }
    }

    /// The relation, or why it is not known.
    ///
    /// # Errors
    /// The code and text with which the service refused this target.
    pub fn result(&self) -> Result<Relation, Rejection> {
        target::result_of_item(self.code, &self.info, self.relation)
    }
}

impl Endpoint for Check {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_check";
    type Response = CheckResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::batch::<Self>(&self.from, &(), &self.to)
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
    fn a_relation_says_who_follows_whom() {
        let read = |relation: Relation| (relation.follows(), relation.followed_by());
        assert_eq!(read(Relation::NONE), (Some(false), Some(false)));
        assert_eq!(read(Relation::FOLLOWER), (Some(false), Some(true)));
        assert_eq!(read(Relation::FOLLOWING), (Some(true), Some(false)));
        assert_eq!(read(Relation::MUTUAL), (Some(true), Some(true)));
        assert_eq!(read(Relation(4)), (None, None));
        assert_eq!(read(Relation(-1)), (None, None));
    }

    #[test]
    fn the_code_of_an_item_decides_before_its_relation() {
        let item: CheckItem = serde_json::from_str(
            r#"{"To_Account":"bob","ResultCode":30003,"ResultInfo":"no such user","FollowType":0}"#,
        )
        .unwrap();
        assert_eq!(item.result().unwrap_err().code, ErrorCode(30003));
        let bare: CheckItem = serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0}"#).unwrap();
        assert_eq!(bare.result().unwrap_err().code, ErrorCode::OK);
    }

    #[test]
    fn a_hundred_targets_a_call() {
        assert_eq!(Check::new("alice", vec!["bob"; 100]).validate(), Ok(()));
        assert!(Check::new("alice", vec!["bob"; 101]).validate().is_err());
    }
}
