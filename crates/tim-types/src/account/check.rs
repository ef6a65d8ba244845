//! POST v4/im_open_login_svc/account_check
//! <https://www.tencentcloud.com/document/product/1047/34956>

use serde::{Deserialize, Serialize};

use super::items::ItemsResponse;
use super::objects;
use crate::open_string::open_string;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, Rejection, Shape, TargetOutcome, Template, UserId,
    batch, target,
};

/// Checks whether up to 100 users have an account in the app.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34956)
///
/// The service allows 100 calls per second. The call only reads, so a retry is harmless. A user
/// without an account is not an error: the result is [`Status::NOT_IMPORTED`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The users to check, 1 to 100.
    #[serde(rename = "CheckItem", with = "objects")]
    pub users: Vec<UserId>,
}

impl Check {
    /// Checks each user of `users`.
    pub fn new<T: Into<UserId>>(users: impl IntoIterator<Item = T>) -> Self {
        Self { users: users.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that check each target.
    pub fn template() -> Template<Self> {
        Template::new((), ())
    }
}

open_string! {
    /// Whether a user has an account: `AccountStatus` on the wire.
    Status {
        /// The user has an account.
        IMPORTED = "Imported",
        /// The user has no account.
        NOT_IMPORTED = "NotImported",
    }
}

impl Status {
    /// Returns whether the user has an account; `None` for a value that this version does not know.
    pub fn is_imported(&self) -> Option<bool> {
        match self {
            status if *status == Self::IMPORTED => Some(true),
            status if *status == Self::NOT_IMPORTED => Some(false),
            _ => None,
        }
    }
}

/// The response of account_check: an item for each target.
pub type CheckResponse = ItemsResponse<CheckItem>;

/// The status of one target. Read it with [`result`](Self::result), which checks the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckItem {
    /// The target.
    #[serde(rename = "UserID")]
    pub target: UserId,
    /// 0, or why the service rejected this target. It is 0 for a user without an account too.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// The status. Valid only if the code is 0.
    #[serde(rename = "AccountStatus", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

impl CheckItem {
    /// Creates the item of a target that was checked.
    pub fn found(target: impl Into<UserId>, status: Status) -> Self {
        Self { target: target.into(), code: ErrorCode::OK, info: String::new(), status: Some(status) }
    }

    /// Creates the item of a target that was rejected.
    pub fn rejected(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { target: target.into(), code, info: info.into(), status: None }
    }

    /// Returns the status.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target. The code is 0 if the item
    /// has no status.
    pub fn result(&self) -> Result<Status, Rejection> {
        target::result_of_item(self.code, &self.info, self.status.clone())
    }
}

impl Endpoint for Check {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "account_check";
    const CALLS_PER_SECOND: u32 = 100;
    const IDEMPOTENT: bool = true;
    type Response = CheckResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&(), &self.users)
    }
}

impl Command for Check {
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34956";
}

impl Batch for Check {
    type From = ();
    type Target = UserId;
    type Shared = ();
    type Outcome = Status;

    const MAX_TARGETS: usize = 100;
    const TARGET_FIELD: &'static str = "CheckItem[].UserID";

    fn with_targets((): (), (): (), users: Vec<UserId>) -> Self {
        Self { users }
    }

    fn outcomes(response: CheckResponse) -> Vec<TargetOutcome<Status>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sent_as_objects() {
        let request = Check::new(["bob", "ghost"]);
        let text = r#"{"CheckItem":[{"UserID":"bob"},{"UserID":"ghost"}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Check>(text).unwrap(), request);
        for other in [r#"{"CheckItem":["bob"]}"#, r#"{"CheckItem":[["bob"]]}"#, r#"{"CheckItem":[{}]}"#] {
            assert!(serde_json::from_str::<Check>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_user_without_an_account_is_a_success() {
        let ghost: CheckItem =
            serde_json::from_str(r#"{"UserID":"ghost","ResultCode":0,"AccountStatus":"NotImported"}"#).unwrap();
        assert_eq!(ghost.result(), Ok(Status::NOT_IMPORTED));
        let status = ["Imported", "NotImported", "New"].map(|text| Status::from(text).is_imported());
        assert_eq!(status, [Some(true), Some(false), None]);
    }

    #[test]
    fn an_item_without_a_status_is_not_a_success() {
        let bare: CheckItem = serde_json::from_str(r#"{"UserID":"bob","ResultCode":0}"#).unwrap();
        assert_eq!(bare.result(), Err(Rejection::without_code()));
        let rejected = CheckItem::rejected("bob", ErrorCode::ACCOUNT_INTERNAL, "");
        assert_eq!(rejected.result().unwrap_err().code, ErrorCode::ACCOUNT_INTERNAL);
    }

    #[test]
    fn a_call_takes_at_most_100_users() {
        assert_eq!(Check::new(vec!["bob"; 100]).validate(), Ok(()));
        let field = "CheckItem".to_owned();
        let error = Check::new(vec!["bob"; 101]).validate().unwrap_err();
        assert_eq!(error, InvalidRequest::TooManyTargets { field, given: 101, max: 100 });
        let error = Check::new(["bob", ""]).validate().unwrap_err();
        assert_eq!(error, InvalidRequest::EmptyUser { field: "CheckItem[1].UserID".to_owned() });
    }
}
