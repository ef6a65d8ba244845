//! The item of the commands that check relations.

use serde::{Deserialize, Serialize};

use crate::target::{self, Item};
use crate::{ErrorCode, Rejection, UserId};

/// The relation of one target. Read it with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
#[non_exhaustive]
pub struct RelationItem<R> {
    /// The target.
    #[serde(rename = "To_Account")]
    pub target: UserId,
    /// The relation. Valid only if the code is 0: a failed item has the value for no relation.
    #[serde(rename = "Relation", default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<R>,
    /// 0, or why the service rejected this target.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
}

/// A relation between two users, A and B, that each of them can have with the other.
pub(crate) trait TwoWayRelation: PartialEq + Sized {
    const NO_RELATION: Self;
    const A_WITH_B: Self;
    const B_WITH_A: Self;
    const BOTH_WAY: Self;

    /// Returns whether A has the relation with B; `None` if the value is not one of these four.
    fn is_a_with_b(&self) -> Option<bool> {
        match self {
            relation if *relation == Self::A_WITH_B || *relation == Self::BOTH_WAY => Some(true),
            relation if *relation == Self::NO_RELATION || *relation == Self::B_WITH_A => Some(false),
            _ => None,
        }
    }

    /// Returns whether B has the relation with A; `None` if the value is not one of these four.
    fn is_b_with_a(&self) -> Option<bool> {
        match self {
            relation if *relation == Self::B_WITH_A || *relation == Self::BOTH_WAY => Some(true),
            relation if *relation == Self::NO_RELATION || *relation == Self::A_WITH_B => Some(false),
            _ => None,
        }
    }
}

impl<R> Item for RelationItem<R> {
    fn target(&self) -> &UserId {
        &self.target
    }

    fn code(&self) -> ErrorCode {
        self.code
    }
}

impl<R> RelationItem<R> {
    /// Creates the item of a target that was checked.
    pub fn found(target: impl Into<UserId>, relation: R) -> Self {
        Self { target: target.into(), relation: Some(relation), code: ErrorCode::OK, info: String::new() }
    }
}

#[expect(private_bounds, reason = "the relations are those of this crate")]
impl<R: TwoWayRelation> RelationItem<R> {
    /// Creates the item of a target that was rejected. It has the value for no relation, like the
    /// documented sample.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), relation: Some(R::NO_RELATION), code, info: info.into() }
    }
}

impl<R: Clone> RelationItem<R> {
    /// Returns the relation.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target. The code is 0 if the item
    /// has no relation.
    pub fn result(&self) -> Result<R, Rejection> {
        target::result_of_item(self.code, &self.info, self.relation.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::friend::{CheckMode, Relation};

    #[test]
    fn a_relation_has_two_directions() {
        for (relation, from_has_target, target_has_from) in [
            (Relation::NO_RELATION, Some(false), Some(false)),
            (Relation::A_WITH_B, Some(true), Some(false)),
            (Relation::B_WITH_A, Some(false), Some(true)),
            (Relation::BOTH_WAY, Some(true), Some(true)),
            (Relation::from("CheckResult_Type_New"), None, None),
        ] {
            assert_eq!(relation.from_has_target(), from_has_target, "{relation:?}");
            assert_eq!(relation.target_has_from(&CheckMode::BOTH), target_has_from, "{relation:?}");
            assert_eq!(relation.target_has_from(&CheckMode::SINGLE), None, "{relation:?}");
        }
    }
}
