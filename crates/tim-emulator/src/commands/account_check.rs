//! POST v4/im_open_login_svc/account_check

use tim_types::UserId;
use tim_types::account::{Check, CheckItem, CheckResponse, Status};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::accounts;

impl CatalogHandler for Check {
    fn user(&self) -> Option<&UserId> {
        None
    }

    fn targets(&self) -> Vec<&UserId> {
        self.users.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<CheckResponse>, CommandError> {
        let status =
            |user: &UserId| Ok(if accounts::exists(call.db, user)? { Status::IMPORTED } else { Status::NOT_IMPORTED });
        Ok(CheckResponse::new(call.items(self.users, status, CheckItem::found, CheckItem::rejected)?).into())
    }
}
