//! POST v4/sns/black_list_add
//! <https://www.tencentcloud.com/document/product/1047/34911>

use serde::{Deserialize, Serialize};

use crate::target::StateCode;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, Shape, TargetOutcome,
    TargetResult, TargetResults, Template, UserId, batch, target,
};

/// Adds up to 1000 users to the blocklist of `from`.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34911)
///
/// The service allows 200 calls per second. A user can block 1000 others; above that, a target is
/// rejected with [`BLOCKLIST_FULL`](ErrorCode::BLOCKLIST_FULL). A target that is already blocked is
/// not a failure: the outcome is [`AddOutcome::AlreadyBlocked`]. Batches return the outcome of each
/// target; for an item of a response, call [`AddOutcome::of`].
///
/// Blocking ends a friendship in both directions, unless a switch in the console prevents it. While
/// one of two users blocks the other, neither can send a friend request to the other.
///
/// The calls of a batch for the same `from` do not overlap, because the service rejects some
/// overlapping writes.
///
/// # Retries
/// A retry leaves the same blocks as one call. If the first call was processed, but its response
/// was lost, the outcome is [`AddOutcome::AlreadyBlocked`]. A retry also restores a block that the
/// user removed in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Add {
    /// The owner of the blocklist.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to block, 1 to 1000.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
}

impl Add {
    /// Blocks each user of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches in which `from` blocks each target.
    pub fn template(from: impl Into<UserId>) -> Template<Self> {
        Template::new(from.into(), ())
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs() -> PairTemplate<Self> {
        PairTemplate::new(())
    }
}

/// The outcome of blocking a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AddOutcome {
    /// The target is now blocked.
    Blocked,
    /// The target was blocked before (code 30001 with a text that says so; 31307 in old apps).
    AlreadyBlocked,
}

const STATES: &[StateCode<AddOutcome>] = &[
    StateCode {
        code: ErrorCode::BAD_PARAMETER,
        info: Some("Err_SNS_BlackListAdd_Already_Exist"),
        state: AddOutcome::AlreadyBlocked,
    },
    StateCode { code: ErrorCode::ALREADY_BLOCKED, info: None, state: AddOutcome::AlreadyBlocked },
];

impl AddOutcome {
    /// Returns the outcome of an item in the response.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn of(item: &TargetResult) -> Result<Self, Rejection> {
        target::state_of_item(item.code, &item.info, Self::Blocked, STATES)
    }
}

impl Endpoint for Add {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "black_list_add";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Add {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34911";
}

impl Batch for Add {
    type From = UserId;
    type Target = UserId;
    type Shared = ();
    type Outcome = AddOutcome;

    const MAX_TARGETS: usize = 1000;
    const EXCLUSIVE: bool = true;

    fn with_targets(from: UserId, (): (), to: Vec<UserId>) -> Self {
        Self { from, to }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<AddOutcome>> {
        target::outcomes(response.items, |item| (AddOutcome::of(&item), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_names_a_state_is_not_a_failure() {
        let outcome = |code, info| AddOutcome::of(&TargetResult::new("bob", ErrorCode(code), info));
        assert_eq!(outcome(0, "OK"), Ok(AddOutcome::Blocked));
        assert_eq!(outcome(30001, "Err_SNS_BlackListAdd_Already_Exist"), Ok(AddOutcome::AlreadyBlocked));
        assert_eq!(outcome(31307, ""), Ok(AddOutcome::AlreadyBlocked));
        assert_eq!(outcome(30001, "Err_SNS_BlackListAdd").unwrap_err().code, ErrorCode::BAD_PARAMETER);
        assert_eq!(outcome(30013, "").unwrap_err().code, ErrorCode::BLOCKLIST_FULL);
    }

    #[test]
    fn a_call_takes_at_most_1000_targets() {
        assert_eq!(Add::new("alice", vec!["bob"; 1000]).validate(), Ok(()));
        assert!(Add::new("alice", vec!["bob"; 1001]).validate().is_err());
    }
}
