//! POST v4/im_open_login_svc/multiaccount_import
//! <https://www.tencentcloud.com/document/product/1047/34954>

use serde::{Deserialize, Serialize};
use tim_types::UserId;

use super::{Command, account_import};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{LOGIN, Service};
use crate::world::Call;

const MAX_ACCOUNTS: usize = 100;

/// The old form and the new one; a request with both means both.
#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "Accounts", default)]
    users: Vec<UserId>,
    #[serde(rename = "AccountList", default)]
    accounts: Vec<account_import::Request>,
}

#[derive(Serialize)]
pub(super) struct Response {
    /// Always empty: an account that cannot be imported refuses the whole call.
    #[serde(rename = "FailAccounts")]
    failed: Vec<UserId>,
}

impl Command for Request {
    const SERVICE: &'static Service = LOGIN;
    const NAME: &'static str = "multiaccount_import";
    type Response = Response;

    fn check(&self) -> Result<(), String> {
        let users: Vec<_> = self.users.iter().chain(self.accounts.iter().map(|account| &account.user)).collect();
        check::users("AccountList", users.into_iter(), MAX_ACCOUNTS)
    }

    fn run(self, call: &Call<'_>) -> Result<Response, CommandError> {
        let bare = self.users.into_iter().map(account_import::Request::bare);
        bare.chain(self.accounts).try_for_each(|account| account.import(call))?;
        Ok(Response { failed: Vec::new() })
    }
}
