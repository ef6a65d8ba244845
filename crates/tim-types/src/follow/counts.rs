//! POST v4/follow/follow_get_info
//! <https://www.tencentcloud.com/document/product/1047/70350>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, ResponseBody, Shape,
    TargetOutcome, Template, UnreadableItem, UserId, target, validate,
};

/// How many followers, followed and mutual users up to 20 users have.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70350)
///
/// Reads only, so a repeat is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// Who asks; may be one of `to`.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// Whose numbers, 1 to 20 users.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Counts {
    /// `from` asks for the numbers of each of `to`.
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

/// The numbers of one user. A mutual user probably counts as a follower and as followed too; this is not documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// How many users follow this one.
    pub followers: u64,
    /// How many users this one follows.
    pub following: u64,
    /// How many users follow this one and are followed by it.
    pub mutual: u64,
}

/// What follow_get_info answers: an item for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountsResponse {
    /// The numbers of each target.
    #[serde(rename = "FollowInfo", default)]
    pub items: Vec<CountsItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl CountsResponse {
    /// An answer with these items.
    pub fn new(items: Vec<CountsItem>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl ResponseBody for CountsResponse {
    const ITEMS: Option<&'static str> = Some("FollowInfo");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// The numbers of one target; read them with [`result`](Self::result).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountsItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why there are no numbers for this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text to the code, empty when it is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// How many users follow the target.
    #[serde(rename = "FollowerCount", default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// How many users the target follows.
    #[serde(rename = "FollowingCount", default, skip_serializing_if = "Option::is_none")]
    pub following: Option<u64>,
    /// How many users do both.
    #[serde(rename = "MutualFollowingCount", default, skip_serializing_if = "Option::is_none")]
    pub mutual: Option<u64>,
}

impl CountsItem {
    /// The item for a target that was counted.
    pub fn found(target: impl Into<UserId>, counts: Counters) -> Self {
        Self {
            target: target.into(),
            code: ErrorCode::OK,
            info: String::new(),
            followers: Some(counts.followers),
            following: Some(counts.following),
            mutual: Some(counts.mutual),
        }
    }

    /// The item for a target that was not counted.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into(), followers: None, following: None, mutual: None }
    }

    /// The numbers, or why they are not known.
    ///
    /// # Errors
    /// The code and text with which the service refused this target.
    pub fn result(&self) -> Result<Counters, Rejection> {
        let numbers =
            || Some(Counters { followers: self.followers?, following: self.following?, mutual: self.mutual? });
        target::result_of_item(self.code, &self.info, numbers())
    }
}

impl Endpoint for Counts {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_get_info";
    type Response = CountsResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::batch::<Self>(&self.from, &(), &self.to)
    }
}

impl Command for Counts {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/70350";
}

impl Batch for Counts {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = Counters;

    const MAX_TARGETS: usize = 20;

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: CountsResponse) -> Vec<TargetOutcome<Counters>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_only_beside_code_0() {
        let counts = Counters { followers: 3, following: 2, mutual: 1 };
        assert_eq!(CountsItem::found("bob", counts).result(), Ok(counts));
        assert!(CountsItem::rejected("bob", ErrorCode(30003), "").result().is_err());
        let partial: CountsItem =
            serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0,"FollowerCount":1}"#).unwrap();
        assert!(partial.result().is_err());
    }

    #[test]
    fn twenty_targets_a_call() {
        assert_eq!(Counts::new("alice", vec!["bob"; 20]).validate(), Ok(()));
        assert!(Counts::new("alice", vec!["bob"; 21]).validate().is_err());
    }
}
