//! POST v4/im_open_login_svc/account_delete
//! <https://www.tencentcloud.com/document/product/1047/34955>

use serde::{Deserialize, Serialize};

use super::items::ItemsResponse;
use super::objects;
use crate::target::StateCode;
use crate::{
    Batch, Command, Effect, Endpoint, ErrorCode, InvalidRequest, Rejection, Shape, TargetOutcome, Template, UserId,
    batch, target,
};

/// Deletes up to 100 accounts with their profiles and relations. The data cannot be restored.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34955)
///
/// The service allows 100 calls per second. A user without an account is not a failure: the outcome
/// is [`DeleteOutcome::NoAccount`]. If the app may not delete accounts, the call is rejected with
/// [`ACCOUNT_DELETE_FORBIDDEN`](ErrorCode::ACCOUNT_DELETE_FORBIDDEN); a switch in the console
/// allows it.
///
/// # Retries
/// After two calls the account is deleted, as after one. If the first one was processed, but its
/// response was lost, the outcome of the retry is [`DeleteOutcome::NoAccount`]. A retry also
/// deletes an account that was imported again in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The users whose accounts are deleted, 1 to 100.
    #[serde(rename = "DeleteItem", with = "objects")]
    pub users: Vec<UserId>,
}

impl Delete {
    /// Deletes the account of each user of `users`.
    pub fn new<T: Into<UserId>>(users: impl IntoIterator<Item = T>) -> Self {
        Self { users: users.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that delete the account of each target.
    pub fn template() -> Template<Self> {
        Template::new((), ())
    }
}

/// The outcome of deleting an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeleteOutcome {
    /// The account was deleted.
    Deleted,
    /// The user has no account (code 70107).
    NoAccount,
}

const STATES: &[StateCode<DeleteOutcome>] =
    &[StateCode { code: ErrorCode::ACCOUNT_NOT_IMPORTED, info: None, state: DeleteOutcome::NoAccount }];

/// The response of account_delete: an item for each target.
pub type DeleteResponse = ItemsResponse<DeleteItem>;

/// The result of one target. Read it with [`result`](Self::result).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteItem {
    /// 0, or why the service rejected this target. Other targets of the call can have succeeded.
    #[serde(rename = "ResultCode")]
    pub code: ErrorCode,
    /// The text of the code; empty if the code is 0.
    #[serde(rename = "ResultInfo", default)]
    pub info: String,
    /// The target.
    #[serde(rename = "UserID")]
    pub target: UserId,
}

impl DeleteItem {
    /// Creates the item of `target` with this code and text.
    pub fn new(target: impl Into<UserId>, code: ErrorCode, info: impl Into<String>) -> Self {
        Self { code, info: info.into(), target: target.into() }
    }

    /// Returns the outcome.
    ///
    /// # Errors
    /// The code and text with which the service rejected this target.
    pub fn result(&self) -> Result<DeleteOutcome, Rejection> {
        target::state_of_item(self.code, &self.info, DeleteOutcome::Deleted, STATES)
    }
}

impl Endpoint for Delete {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "account_delete";
    const CALLS_PER_SECOND: u32 = 100;
    const IDEMPOTENT: bool = true;
    type Response = DeleteResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&(), &self.users)
    }
}

impl Command for Delete {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34955";
}

impl Batch for Delete {
    type From = ();
    type Target = UserId;
    type Shared = ();
    type Outcome = DeleteOutcome;

    const MAX_TARGETS: usize = 100;
    const TARGET_FIELD: &'static str = "DeleteItem[].UserID";

    fn with_targets((): (), (): (), users: Vec<UserId>) -> Self {
        Self { users }
    }

    fn outcomes(response: DeleteResponse) -> Vec<TargetOutcome<DeleteOutcome>> {
        target::outcomes(response.items, |item| (item.result(), item.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sent_as_objects() {
        let request = Delete::new(["bob", "ghost"]);
        let text = r#"{"DeleteItem":[{"UserID":"bob"},{"UserID":"ghost"}]}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Delete>(text).unwrap(), request);
    }

    #[test]
    fn a_user_without_an_account_is_not_a_failure() {
        let item = |code, info| DeleteItem::new("bob", code, info).result();
        assert_eq!(item(ErrorCode::OK, ""), Ok(DeleteOutcome::Deleted));
        let info = "Err_TLS_PT_Open_Login_Account_Not_Exist";
        assert_eq!(item(ErrorCode::ACCOUNT_NOT_IMPORTED, info), Ok(DeleteOutcome::NoAccount));
        assert_eq!(item(ErrorCode::ACCOUNT_INTERNAL, "").unwrap_err().code, ErrorCode::ACCOUNT_INTERNAL);
        assert_eq!(serde_json::to_string(&DeleteOutcome::NoAccount).unwrap(), r#""no_account""#);
    }

    #[test]
    fn a_call_takes_at_most_100_users() {
        assert_eq!(Delete::new(vec!["bob"; 100]).validate(), Ok(()));
        let field = "DeleteItem".to_owned();
        let error = Delete::new(vec!["bob"; 101]).validate().unwrap_err();
        assert_eq!(error, InvalidRequest::TooManyTargets { field, given: 101, max: 100 });
    }
}
