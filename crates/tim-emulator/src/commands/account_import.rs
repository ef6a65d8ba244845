//! POST v4/im_open_login_svc/account_import

use tim_types::account::Import;
use tim_types::{Empty, Endpoint, ErrorCode, InvalidRequest, ProfileItem, ProfileTag, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::{accounts, profiles};

impl CatalogHandler for Import {
    /// A field that is too long is rejected with a code of the profile service: see
    /// [`run`](Self::run).
    fn validate(&self) -> Result<(), InvalidRequest> {
        match Endpoint::validate(self) {
            Err(InvalidRequest::TooLong { .. }) => Ok(()),
            result => result,
        }
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.user)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        Endpoint::validate(&self)
            .map_err(|error| CommandError::Call(ErrorCode::PROFILE_VALUE_TOO_LONG, error.to_string()))?;
        import(call, &self)?;
        Ok(Empty {}.into())
    }
}

/// Importing again sets the given fields and leaves the others.
pub(super) fn import(call: &Context<'_>, account: &Import) -> Result<(), CommandError> {
    accounts::import(call.db, &account.user)?;
    let nick = account.nick.as_deref().map(|nick| ProfileItem::new(ProfileTag::NICK, nick));
    let face = account.face_url.as_deref().map(|face| ProfileItem::new(ProfileTag::IMAGE, face));
    let fields: Vec<_> = nick.into_iter().chain(face).collect();
    Ok(profiles::set(call.db, &account.user, &fields)?)
}
