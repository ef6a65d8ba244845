//! POST v4/im_open_login_svc/multiaccount_import

use tim_types::account::{Import, ImportMany, ImportManyResponse};
use tim_types::{Endpoint, InvalidRequest, UserId};

use super::Context;
use super::account_import::import;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;

impl CatalogHandler for ImportMany {
    /// An invalid account does not reject the call: it is in `FailAccounts`.
    fn validate(&self) -> Result<(), InvalidRequest> {
        match Endpoint::validate(self) {
            Err(error @ (InvalidRequest::EmptyList { .. } | InvalidRequest::TooManyTargets { .. })) => Err(error),
            _ => Ok(()),
        }
    }

    fn user(&self) -> Option<&UserId> {
        None
    }

    fn targets(&self) -> Vec<&UserId> {
        self.accounts.iter().map(|account| &account.user).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<ImportManyResponse>, CommandError> {
        let import = |account: &Import| {
            Endpoint::validate(account).map_err(|error| call.bad_parameter(error.to_string()))?;
            import(call, account)
        };
        let failed = call.items(self.accounts, import, |_, ()| None, |user, _, _| Some(user))?;
        Ok(ImportManyResponse::new(failed.into_iter().flatten().collect()).into())
    }
}
