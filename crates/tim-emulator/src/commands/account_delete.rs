//! POST v4/im_open_login_svc/account_delete
//! <https://www.tencentcloud.com/document/product/1047/34955>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, ErrorCode, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use super::object;
use crate::check;
use crate::command_error::CommandError;
use crate::service::{LOGIN, Service};
use crate::world::accounts;

const MAX_ACCOUNTS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "DeleteItem", deserialize_with = "object::list")]
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(rename = "UserID")]
    user: UserId,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "ResultItem")]
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "ResultCode")]
    code: ErrorCode,
    #[serde(rename = "ResultInfo")]
    info: String,
    #[serde(rename = "UserID")]
    user: UserId,
}

impl Handler for Request {
    const SERVICE: &'static Service = LOGIN;
    const NAME: &'static str = "account_delete";
    const EFFECT: Effect = Effect::Delete;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::users("DeleteItem", self.accounts.iter().map(|account| &account.user), MAX_ACCOUNTS)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.accounts.iter().map(|account| &account.user).collect()
    }

    fn deleted_accounts(&self) -> Vec<UserId> {
        self.accounts.iter().map(|account| account.user.clone()).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let users = self.accounts.into_iter().map(|account| account.user).collect();
        let delete = |user: &UserId| {
            if accounts::exists(call.db, user)? {
                return Ok(accounts::delete(call.db, user)?);
            }
            let info = "Err_TLS_PT_Open_Login_Account_Not_Exist".to_owned();
            Err(CommandError::Target(ErrorCode::ACCOUNT_NOT_IMPORTED, info))
        };
        let done = |user, ()| Item { code: ErrorCode::OK, info: String::new(), user };
        let items = call.items(users, delete, done, |user, code, info| Item { code, info, user })?;
        Ok(Response { items }.into())
    }
}
