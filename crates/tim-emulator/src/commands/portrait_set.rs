//! POST v4/profile/portrait_set

use tim_types::profile::Set;
use tim_types::webhook::{Event, ProfileSet};
use tim_types::{Empty, Endpoint, ErrorCode, InvalidRequest, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::profile_fields;
use crate::world::profiles;

impl CatalogHandler for Set {
    /// Checks nothing here: [`run`](Self::run) checks the request, because each error has its own
    /// code.
    fn validate(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.user)
    }

    /// Sets all fields or none.
    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        check(&self)?;
        call.require(&self.user)?;
        profiles::set(call.db, &self.user, &self.fields)?;
        let event = ProfileSet {
            operator: call.admin.into(),
            user: self.user,
            time_ms: call.now_ms,
            fields: self.fields.into(),
        };
        Ok(Outcome { body: Empty {}, event: Some(Event::ProfileSet(event)) })
    }
}

fn check(request: &Set) -> Result<(), CommandError> {
    for (position, field) in request.fields.iter().enumerate() {
        profile_fields::check(&format!("ProfileItem[{position}]"), field)
            .map_err(|(code, info)| CommandError::Call(code, info))?;
    }
    Endpoint::validate(request).map_err(|error| CommandError::Call(ErrorCode::PROFILE_BAD_PARAMETER, error.to_string()))
}
