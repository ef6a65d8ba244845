//! POST v4/sns/friend_delete
//! <https://www.tencentcloud.com/document/product/1047/34905>

use serde::{Deserialize, Serialize};

use super::DeleteType;
use crate::target::StateCode;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, Shape, TargetOutcome,
    TargetResult, TargetResults, Template, UserId, batch, target, validate,
};

/// Removes up to 1000 users from the friend list of `from`.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34905)
///
/// The service allows 200 calls per second. A target that is not a friend is not a failure: the
/// outcome is [`DeleteOutcome::NotFriends`]. Batches return the outcome of each target; for an item
/// of a response, call [`DeleteOutcome::of`].
///
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// After two calls the users are not friends, as after one. If the first call was processed, but
/// its response was lost, the outcome is [`DeleteOutcome::NotFriends`]. A retry also ends a
/// friendship that began in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to remove, 1 to 1000.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// The friend lists that change. The documents do not name a default.
    #[serde(rename = "DeleteType", default)]
    pub kind: DeleteType,
}

impl Delete {
    /// Removes each user of `to` from the list of `from`.
    pub fn single<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, DeleteType::SINGLE)
    }

    /// Removes each user of `to` from the list of `from`, and `from` from their lists.
    pub fn both<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, DeleteType::BOTH)
    }

    /// Removes friends from the lists that `kind` names.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>, kind: DeleteType) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect(), kind }
    }

    /// Returns a template for batches that remove each target from the friend list of `from`.
    pub fn template(from: impl Into<UserId>, kind: DeleteType) -> Template<Self> {
        Template::new(from.into(), kind)
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs(kind: DeleteType) -> PairTemplate<Self> {
        PairTemplate::new(kind)
    }
}

/// The outcome of removing a friend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeleteOutcome {
    /// The target was removed.
    Deleted,
    /// The target was not a friend (code 31704, or 30001 with a text that says so).
    NotFriends,
}

const STATES: &[StateCode<DeleteOutcome>] = &[
    StateCode { code: ErrorCode::NOT_A_FRIEND, info: None, state: DeleteOutcome::NotFriends },
    StateCode {
        code: ErrorCode::BAD_PARAMETER,
        info: Some("Err_SNS_FriendDelete_Not_Friend"),
        state: DeleteOutcome::NotFriends,
    },
];

impl DeleteOutcome {
    /// Returns the outcome of an item in the response.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn of(item: &TargetResult) -> Result<Self, Rejection> {
        target::state_of_item(item.code, &item.info, Self::Deleted, STATES)
    }
}

impl Endpoint for Delete {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_delete";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::one_of("DeleteType", self.kind.as_str(), DeleteType::KNOWN)?;
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Delete {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34905";
}

impl Batch for Delete {
    type From = UserId;
    type Target = UserId;
    type Shared = DeleteType;
    type Outcome = DeleteOutcome;

    const MAX_TARGETS: usize = 1000;
    const EXCLUSIVE: bool = true;

    fn with_targets(from: UserId, kind: DeleteType, to: Vec<UserId>) -> Self {
        Self { from, to, kind }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<DeleteOutcome>> {
        target::outcomes(response.items, |item| (DeleteOutcome::of(&item), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes_of_a_stranger_are_an_outcome() {
        let outcome = |code, info| DeleteOutcome::of(&TargetResult::new("bob", ErrorCode(code), info));
        assert_eq!(outcome(0, "OK"), Ok(DeleteOutcome::Deleted));
        assert_eq!(outcome(31704, ""), Ok(DeleteOutcome::NotFriends));
        assert_eq!(outcome(30001, "Err_SNS_FriendDelete_Not_Friend"), Ok(DeleteOutcome::NotFriends));
        assert_eq!(outcome(30001, "").unwrap_err().code, ErrorCode::BAD_PARAMETER);
        assert_eq!(outcome(31707, "").unwrap_err().code, ErrorCode::FRIEND_DELETE_THROTTLED);
    }

    #[test]
    fn a_missing_kind_is_single() {
        let request: Delete = serde_json::from_str(r#"{"From_Account":"alice","To_Account":["bob"]}"#).unwrap();
        assert_eq!(request, Delete::single("alice", ["bob"]));
        assert!(Delete::new("alice", ["bob"], "Delete_Type_Any".into()).validate().is_err());
        assert!(Delete::both("alice", vec!["bob"; 1001]).validate().is_err());
    }
}
