//! POST v4/sns/friend_delete_all
//! <https://www.tencentcloud.com/document/product/1047/34906>

use serde::{Deserialize, Serialize};

use super::DeleteType;
use crate::{Command, Effect, Empty, Endpoint, InvalidRequest, Shape, Target, UserId, validate};

/// Removes all friends of a user, with all fields of the friend list.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34906)
///
/// The service allows 200 calls per second. A user without friends is a success.
///
/// # Retries
/// After two calls the list is empty, as after one. A retry also removes a friend who was added in
/// between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteAll {
    /// The owner of the friend list.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The friend lists that change. The default is [`DeleteType::SINGLE`].
    #[serde(rename = "DeleteType", default)]
    pub kind: DeleteType,
}

impl DeleteAll {
    /// Removes all friends from the list of `from`.
    pub fn single(from: impl Into<UserId>) -> Self {
        Self { from: from.into(), kind: DeleteType::SINGLE }
    }

    /// Removes all friends from the list of `from`, and `from` from their lists.
    pub fn both(from: impl Into<UserId>) -> Self {
        Self { from: from.into(), kind: DeleteType::BOTH }
    }
}

impl Target for DeleteAll {
    fn user(&self) -> &UserId {
        &self.from
    }
}

impl Endpoint for DeleteAll {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_delete_all";
    const IDEMPOTENT: bool = true;
    type Response = Empty;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        validate::one_of("DeleteType", self.kind.as_str(), DeleteType::KNOWN)
    }
}

impl Command for DeleteAll {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34906";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_kind_is_single() {
        let request: DeleteAll = serde_json::from_str(r#"{"From_Account":"alice"}"#).unwrap();
        assert_eq!(request, DeleteAll::single("alice"));
        assert_eq!(request.validate(), Ok(()));
        assert!(DeleteAll { kind: "Delete_Type_Any".into(), ..request }.validate().is_err());
        assert!(DeleteAll::both("").validate().is_err());
    }
}
