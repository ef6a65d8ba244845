//! POST v4/sns/friend_check
//! <https://www.tencentcloud.com/document/product/1047/34907>

use serde::{Deserialize, Serialize};

use crate::open_string::open_string;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, PairTemplate, Rejection, ResponseBody, Shape,
    TargetOutcome, Template, UnreadableItem, UserId, target, validate,
};

/// Whether `from` and up to 1000 users are friends. [Official page](https://www.tencentcloud.com/document/product/1047/34907)
///
/// Reads only, so a repeat is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// Whose friends.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users to look for, 1 to 1000.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// Whether to look at one friend list or at both.
    #[serde(rename = "CheckType")]
    pub mode: CheckMode,
}

impl Check {
    /// Looks only at the list of `from`.
    pub fn single<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, CheckMode::SINGLE)
    }

    /// Looks at the list of `from` and at that of each of `to`.
    pub fn both<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>) -> Self {
        Self::new(from, to, CheckMode::BOTH)
    }

    /// Looks for each of `to` as `mode` says.
    pub fn new<T: Into<UserId>>(from: impl Into<UserId>, to: impl IntoIterator<Item = T>, mode: CheckMode) -> Self {
        Self { from: from.into(), to: to.into_iter().map(Into::into).collect(), mode }
    }

    /// A batch for `from`, which takes the targets.
    pub fn template(from: impl Into<UserId>, mode: CheckMode) -> Template<Self> {
        Template::new(from.into(), mode)
    }

    /// A batch of pairs: `from` and target.
    pub fn pairs(mode: CheckMode) -> PairTemplate<Self> {
        PairTemplate::new(mode)
    }
}

open_string! {
    /// Which friend lists friend_check looks at.
    CheckMode {
        /// Only the list of `from`.
        SINGLE = "CheckResult_Type_Single",
        /// The lists of both.
        BOTH = "CheckResult_Type_Both",
    }
}

open_string! {
    /// Who has whom in the friend list: A is `from`, B the target. What it tells depends on the [`CheckMode`].
    Relation {
        /// `from` does not have the target. With [`CheckMode::BOTH`], nor the other way round.
        NO_RELATION = "CheckResult_Type_NoRelation",
        /// `from` has the target. With [`CheckMode::BOTH`], the target does not have `from`.
        A_WITH_B = "CheckResult_Type_AWithB",
        /// Only the target has `from`; comes with [`CheckMode::BOTH`] only.
        B_WITH_A = "CheckResult_Type_BWithA",
        /// Both have each other; comes with [`CheckMode::BOTH`] only.
        BOTH_WAY = "CheckResult_Type_BothWay",
    }
}

impl Relation {
    /// Whether the target is in the list of `from`; `None` for a value that this version does not know.
    pub fn from_has_target(&self) -> Option<bool> {
        match self {
            r if *r == Self::A_WITH_B || *r == Self::BOTH_WAY => Some(true),
            r if *r == Self::NO_RELATION || *r == Self::B_WITH_A => Some(false),
            _ => None,
        }
    }

    /// Whether `from` is in the list of the target; `None` when `mode` did not look there.
    pub fn target_has_from(&self, mode: &CheckMode) -> Option<bool> {
        match self {
            _ if *mode != CheckMode::BOTH => None,
            r if *r == Self::B_WITH_A || *r == Self::BOTH_WAY => Some(true),
            r if *r == Self::NO_RELATION || *r == Self::A_WITH_B => Some(false),
            _ => None,
        }
    }
}

/// What friend_check answers: an item for each target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResponse {
    /// What was found for each target.
    #[serde(rename = "InfoItem", default)]
    pub items: Vec<CheckItem>,
    /// The items that cannot be read; the others are in `items`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
    /// The targets whose item has a code other than 0; only there when there is one.
    #[serde(rename = "Fail_Account", default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<UserId>,
}

impl CheckResponse {
    /// An answer with these items, and the failed ones among them named once more.
    pub fn new(items: Vec<CheckItem>) -> Self {
        let failed = items.iter().filter(|item| item.code != ErrorCode::OK).map(|item| item.target.clone()).collect();
        Self { items, unreadable: Vec::new(), failed }
    }
}

impl ResponseBody for CheckResponse {
    const ITEMS: Option<&'static str> = Some("InfoItem");
    const FAILED: Option<&'static str> = Some("Fail_Account");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn failed(&self) -> &[UserId] {
        &self.failed
    }
}

/// What was found for one target; read it with [`result`](Self::result).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckItem {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// Means something only when the code is 0: a failed item says `NO_RELATION`.
    #[serde(rename = "Relation", default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// 0, or why this target was not checked.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text to the code, empty when it is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

impl CheckItem {
    /// The item for a target that was checked.
    pub fn found(target: impl Into<UserId>, relation: Relation) -> Self {
        Self { target: target.into(), relation: Some(relation), code: ErrorCode::OK, info: String::new() }
    }

    /// The item for a target that was not checked; like the documented one it says `NO_RELATION`.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), relation: Some(Relation::NO_RELATION), code, info: info.into() }
    }

    /// The relation, or why it is not known.
    ///
    /// # Errors
    /// The code and text with which the service refused this target.
    pub fn result(&self) -> Result<Relation, Rejection> {
        target::result_of_item(self.code, &self.info, self.relation.clone())
    }
}

impl Endpoint for Check {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_check";
    type Response = CheckResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::one_of("CheckType", self.mode.as_str(), CheckMode::KNOWN)?;
        validate::batch::<Self>(&self.from, &self.mode, &self.to)
    }
}

impl Command for Check {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34907";
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

    #[test]
    fn one_word_means_less_when_only_one_list_was_read() {
        let (single, both) = (&CheckMode::SINGLE, &CheckMode::BOTH);
        assert_eq!(Relation::A_WITH_B.from_has_target(), Some(true));
        assert_eq!(Relation::A_WITH_B.target_has_from(single), None);
        assert_eq!(Relation::A_WITH_B.target_has_from(both), Some(false));
        assert_eq!(Relation::NO_RELATION.target_has_from(single), None);
        assert_eq!(Relation::BOTH_WAY.target_has_from(both), Some(true));
        assert_eq!(Relation::B_WITH_A.from_has_target(), Some(false));
        assert_eq!(Relation::from("CheckResult_Type_New").from_has_target(), None);
    }

    #[test]
    fn a_failed_item_is_no_relation_only_in_name() {
        let item = CheckItem::rejected("bob", ErrorCode(30006), "Err_SNS_FriendCheck_Check_Relation_Exec_Task_Fail");
        assert_eq!(item.relation, Some(Relation::NO_RELATION));
        assert_eq!(item.result().unwrap_err().code, ErrorCode(30006));
        assert_eq!(CheckResponse::new(vec![item]).failed, [UserId::from("bob")]);
    }

    #[test]
    fn a_thousand_targets_a_call() {
        assert_eq!(Check::both("alice", vec!["bob"; 1000]).validate(), Ok(()));
        assert!(Check::both("alice", vec!["bob"; 1001]).validate().is_err());
    }
}
