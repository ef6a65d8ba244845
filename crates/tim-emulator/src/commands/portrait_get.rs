//! POST v4/profile/portrait_get

use tim_types::profile::{Get, GetItem, GetResponse};
use tim_types::{Endpoint, ErrorCode, InvalidRequest, ProfileItem, ProfileTag, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::profile_fields;
use crate::world::profiles;

impl CatalogHandler for Get {
    /// Checks nothing here: [`run`](Self::run) checks the request, because each error has its own
    /// code.
    fn validate(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }

    fn user(&self) -> Option<&UserId> {
        None
    }

    fn targets(&self) -> Vec<&UserId> {
        self.users.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<GetResponse>, CommandError> {
        check(&self)?;
        let fields = |user: &UserId| fields(call, user, &self);
        Ok(GetResponse::new(call.items(self.users.clone(), fields, GetItem::found, GetItem::rejected)?).into())
    }
}

fn check(request: &Get) -> Result<(), CommandError> {
    for (position, tag) in request.tags.iter().enumerate() {
        profile_fields::check_tag(&format!("TagList[{position}]"), tag)
            .map_err(|(code, info)| CommandError::Call(code, info))?;
    }
    Endpoint::validate(request).map_err(|error| {
        let code = match &error {
            InvalidRequest::EmptyList { field } if field == "To_Account" => ErrorCode::PROFILE_USERS_MISSING,
            _ => ErrorCode::PROFILE_BAD_PARAMETER,
        };
        CommandError::Call(code, error.to_string())
    })
}

/// Returns the fields that are set, in the order of the request.
fn fields(call: &Context<'_>, user: &UserId, request: &Get) -> Result<Vec<ProfileItem>, CommandError> {
    call.require_target(user)?;
    let profile = profiles::get(call.db, user)?.unwrap_or_default().0;
    let value = |tag: &ProfileTag| {
        let stored = profile.iter().find(|field| field.tag == *tag).map(|field| field.value.clone());
        stored.or_else(|| profile_fields::unset_value(tag.as_str(), &call.settings.quirks))
    };
    Ok(request.tags.iter().filter_map(|tag| Some(ProfileItem::new(tag.clone(), value(tag)?))).collect())
}
