//! POST v4/sns/black_list_check
//! <https://www.tencentcloud.com/document/product/1047/34913>

use serde::{Deserialize, Serialize};

use crate::open_string::open_string;
use crate::relation_item::{RelationItem, TwoWayRelation};
use crate::target::items_response;
use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, PairTemplate, Shape, TargetOutcome, Template, UserId, batch,
    target, validate,
};

/// Checks whether `from` and up to 1000 users block each other.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34913)
///
/// The service allows 200 calls per second. The call only reads, so a retry is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The user whose blocklist is checked.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to check, 1 to 1000.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// Whether one blocklist or both are checked.
    #[serde(rename = "CheckType")]
    pub mode: CheckMode,
}

impl Check {
    /// Checks only the blocklist of `from`.
    pub fn single<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, CheckMode::SINGLE)
    }

    /// Checks the blocklist of `from` and that of each user of `to`.
    pub fn both<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, CheckMode::BOTH)
    }

    /// Checks the blocklists that `mode` names for each user of `to`.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>, mode: CheckMode) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect(), mode }
    }

    /// Returns a template for batches that check whether `from` and each target block each other.
    pub fn template(from: impl Into<UserId>, mode: CheckMode) -> Template<Self> {
        Template::new(from.into(), mode)
    }

    /// Returns a template for batches of pairs `(from, target)`.
    pub fn pairs(mode: CheckMode) -> PairTemplate<Self> {
        PairTemplate::new(mode)
    }
}

open_string! {
    /// The blocklists that black_list_check checks: `CheckType` on the wire.
    CheckMode {
        /// Only the list of `from`.
        SINGLE = "BlackCheckResult_Type_Single",
        /// The list of `from` and the list of the target.
        BOTH = "BlackCheckResult_Type_Both",
    }
}

open_string! {
    /// Which of two users blocks the other. A is `from`, B is the target. The meaning
    /// depends on the [`CheckMode`].
    Relation {
        /// A does not block B. With [`CheckMode::BOTH`], B does not block A either.
        NO_RELATION = "BlackCheckResult_Type_NO",
        /// A blocks B. With [`CheckMode::BOTH`], B does not block A.
        A_WITH_B = "BlackCheckResult_Type_AWithB",
        /// B blocks A, and A does not block B. Sent only with [`CheckMode::BOTH`].
        B_WITH_A = "BlackCheckResult_Type_BWithA",
        /// Each blocks the other. Sent only with [`CheckMode::BOTH`].
        BOTH_WAY = "BlackCheckResult_Type_BothWay",
    }
}

impl Relation {
    /// Returns whether `from` blocks the target; `None` for a value that this version does not
    /// know.
    pub fn from_blocks_target(&self) -> Option<bool> {
        self.is_a_with_b()
    }

    /// Returns whether the target blocks `from`; `None` if `mode` is not [`CheckMode::BOTH`], or
    /// for a value that this version does not know.
    pub fn target_blocks_from(&self, mode: &CheckMode) -> Option<bool> {
        if *mode == CheckMode::BOTH { self.is_b_with_a() } else { None }
    }
}

items_response! {
    /// The response of black_list_check: an item for each target.
    CheckResponse { "BlackListCheckItem": CheckItem }
}

/// The relation of one target.
pub type CheckItem = RelationItem<Relation>;

impl TwoWayRelation for Relation {
    const NO_RELATION: Self = Self::NO_RELATION;
    const A_WITH_B: Self = Self::A_WITH_B;
    const B_WITH_A: Self = Self::B_WITH_A;
    const BOTH_WAY: Self = Self::BOTH_WAY;
}

impl Endpoint for Check {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "black_list_check";
    const IDEMPOTENT: bool = true;
    type Response = CheckResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::one_of("CheckType", self.mode.as_str(), CheckMode::KNOWN)?;
        batch::validate::<Self>(&self.from, &self.to)
    }
}

impl Command for Check {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34913";
}

impl Batch for Check {
    type From = UserId;
    type Target = UserId;
    type Shared = CheckMode;
    type Outcome = Relation;

    const MAX_TARGETS: usize = 1000;

    fn with_targets(from: UserId, mode: CheckMode, to: Vec<UserId>) -> Self {
        Self { from, to, mode }
    }

    fn outcomes(response: CheckResponse) -> Vec<TargetOutcome<Relation>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn the_blocklist_of_the_target_is_unknown_unless_both_were_checked() {
        let (single, both) = (&CheckMode::SINGLE, &CheckMode::BOTH);
        assert_eq!(Relation::A_WITH_B.from_blocks_target(), Some(true));
        assert_eq!(Relation::A_WITH_B.target_blocks_from(single), None);
        assert_eq!(Relation::A_WITH_B.target_blocks_from(both), Some(false));
        assert_eq!(Relation::NO_RELATION.target_blocks_from(single), None);
        assert_eq!(Relation::BOTH_WAY.target_blocks_from(both), Some(true));
        assert_eq!(Relation::B_WITH_A.from_blocks_target(), Some(false));
        assert_eq!(Relation::from("BlackCheckResult_Type_New").from_blocks_target(), None);
    }

    #[test]
    fn the_relation_of_a_failed_item_is_not_used() {
        let item =
            CheckItem::rejected("bob", ErrorCode::TIMEOUT, "Err_SNS_BlackListCheck_Check_Reverse_BlackList_Fail");
        assert_eq!(item.relation, Some(Relation::NO_RELATION));
        assert_eq!(item.result().unwrap_err().code, ErrorCode::TIMEOUT);
        assert_eq!(CheckResponse::new(vec![item]).failed, [UserId::from("bob")]);
    }

    #[test]
    fn a_call_takes_at_most_1000_targets() {
        assert_eq!(Check::both("alice", vec!["bob"; 1000]).validate(), Ok(()));
        assert!(Check::both("alice", vec!["bob"; 1001]).validate().is_err());
    }
}
