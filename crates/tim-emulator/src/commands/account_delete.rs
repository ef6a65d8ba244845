//! POST v4/im_open_login_svc/account_delete

use tim_types::account::{Delete, DeleteItem, DeleteResponse};
use tim_types::{ErrorCode, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::accounts;

impl CatalogHandler for Delete {
    fn user(&self) -> Option<&UserId> {
        None
    }

    fn targets(&self) -> Vec<&UserId> {
        self.users.iter().collect()
    }

    fn deleted_accounts(&self) -> Vec<UserId> {
        self.users.clone()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<DeleteResponse>, CommandError> {
        let delete = |user: &UserId| {
            if accounts::exists(call.db, user)? {
                return Ok(accounts::delete(call.db, user)?);
            }
            let info = "Err_TLS_PT_Open_Login_Account_Not_Exist".to_owned();
            Err(CommandError::Target(ErrorCode::ACCOUNT_NOT_IMPORTED, info))
        };
        let done = |user, ()| DeleteItem::new(user, ErrorCode::OK, "");
        Ok(DeleteResponse::new(call.items(self.users, delete, done, DeleteItem::new)?).into())
    }
}
