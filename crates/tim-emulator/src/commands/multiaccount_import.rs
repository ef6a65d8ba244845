//! POST v4/im_open_login_svc/multiaccount_import
//! <https://www.tencentcloud.com/document/product/1047/34954>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, UserId};

use super::handler::{Handler, Outcome};
use super::{Context, account_import, object};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{LOGIN, Service};

const MAX_ACCOUNTS: usize = 100;

/// The request in the old and the new form. If it has both, all accounts are imported.
#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "Accounts", default)]
    users: Vec<UserId>,
    #[serde(rename = "AccountList", default, deserialize_with = "object::list")]
    accounts: Vec<account_import::Request>,
}

#[derive(Serialize)]
pub(super) struct Response {
    /// Always empty: an account that cannot be imported makes the whole call fail.
    #[serde(rename = "FailAccounts")]
    failed: Vec<UserId>,
}

impl Handler for Request {
    const SERVICE: &'static Service = LOGIN;
    const NAME: &'static str = "multiaccount_import";
    const EFFECT: Effect = Effect::Write;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        let users: Vec<_> = self.users.iter().chain(self.accounts.iter().map(|account| &account.user)).collect();
        check::users("AccountList", users.into_iter(), MAX_ACCOUNTS)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.users.iter().chain(self.accounts.iter().map(|account| &account.user)).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let bare = self.users.into_iter().map(account_import::Request::bare);
        bare.chain(self.accounts).try_for_each(|account| account.import(call))?;
        Ok(Response { failed: Vec::new() }.into())
    }
}
