//! POST v4/follow/follow_get_info
//! <https://www.tencentcloud.com/document/product/1047/70350>

use serde::{Deserialize, Serialize};

use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, ResponseBody, Shape,
    TargetOutcome, Template, UnreadableItem, UserId, batch, target,
};

/// Counts the followers, the followed users and the mutual follows of up to 20 users.
/// [Official page](https://www.tencentcloud.com/document/product/1047/70350)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// The user in whose name the call is made. `to` can contain this user.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to count for, 1 to 20.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Counts {
    /// Counts for each user of `to`, in the name of `from`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that count for each target, in the name of `from`.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// The counts of one user. `followers` and `following` probably include mutual follows; this is not
/// documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// The number of users who follow this user.
    pub followers: u64,
    /// The number of users whom this user follows.
    pub following: u64,
    /// The number of users for whom both are true.
    pub mutual: u64,
}

/// The response of follow_get_info: an item for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountsResponse {
    /// The counts of each target.
    #[serde(rename = "FollowInfo", default)]
    pub items: Vec<CountsItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl CountsResponse {
    /// Creates a response with these items.
    pub fn new(items: Vec<CountsItem>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

impl ResponseBody for CountsResponse {
    const ITEMS: &'static [&'static str] = &["FollowInfo"];

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

/// The counts of one target. Read them with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountsItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// 0, or why the service rejected this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// The number of users who follow the target. Valid only if the code is 0.
    #[serde(rename = "FollowerCount", default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// The number of users whom the target follows. Valid only if the code is 0.
    #[serde(rename = "FollowingCount", default, skip_serializing_if = "Option::is_none")]
    pub following: Option<u64>,
    /// The number of users for whom both are true. Valid only if the code is 0.
    #[serde(rename = "MutualFollowingCount", default, skip_serializing_if = "Option::is_none")]
    pub mutual: Option<u64>,
}

impl CountsItem {
    /// Creates the item of a target with these counts.
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

    /// Creates the item of a target that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into(), followers: None, following: None, mutual: None }
    }

    /// Returns the counts.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target. The code is 0 if the item
    /// lacks one of the counts.
    pub fn result(&self) -> Result<Counters, Rejection> {
        let counts = || Some(Counters { followers: self.followers?, following: self.following?, mutual: self.mutual? });
        target::result_of_item(self.code, &self.info, counts())
    }
}

impl Endpoint for Counts {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "follow_get_info";
    const IDEMPOTENT: bool = true;
    type Response = CountsResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
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
    fn counts_are_used_only_beside_code_0() {
        let counts = Counters { followers: 3, following: 2, mutual: 1 };
        assert_eq!(CountsItem::found("bob", counts).result(), Ok(counts));
        assert!(CountsItem::rejected("bob", ErrorCode(30003), "").result().is_err());
        let partial: CountsItem =
            serde_json::from_str(r#"{"To_Account":"bob","ResultCode":0,"FollowerCount":1}"#).unwrap();
        assert!(partial.result().is_err());
    }

    #[test]
    fn a_call_takes_at_most_20_targets() {
        assert_eq!(Counts::new("alice", vec!["bob"; 20]).validate(), Ok(()));
        assert!(Counts::new("alice", vec!["bob"; 21]).validate().is_err());
    }
}
