//! POST v4/im_open_login_svc/account_check
//! <https://www.tencentcloud.com/document/product/1047/34956>

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
    #[serde(rename = "CheckItem", deserialize_with = "object::list")]
    accounts: Vec<Account>,
}

/// An account in the requests of account_check and account_delete.
#[derive(Deserialize)]
pub(super) struct Account {
    #[serde(rename = "UserID")]
    pub(super) user: UserId,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "ResultItem")]
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "UserID")]
    user: UserId,
    #[serde(rename = "ResultCode")]
    code: ErrorCode,
    #[serde(rename = "ResultInfo")]
    info: &'static str,
    #[serde(rename = "AccountStatus")]
    status: &'static str,
}

impl Handler for Request {
    const SERVICE: &'static Service = LOGIN;
    const NAME: &'static str = "account_check";
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::users("CheckItem", self.accounts.iter().map(|account| &account.user), MAX_ACCOUNTS)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.accounts.iter().map(|account| &account.user).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let item = |Account { user }| {
            let status = if accounts::exists(call.db, &user)? { "Imported" } else { "NotImported" };
            Ok(Item { user, code: ErrorCode::OK, info: "", status })
        };
        let items = self.accounts.into_iter().map(item).collect::<Result<_, CommandError>>()?;
        Ok(Response { items }.into())
    }
}
