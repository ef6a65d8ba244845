//! POST v4/profile/portrait_set
//! <https://www.tencentcloud.com/document/product/1047/34916>

use serde::Deserialize;
use tim_types::{Effect, Empty, ProfileItem, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use super::object;
use crate::check;
use crate::command_error::CommandError;
use crate::service::{PROFILE, Service};
use crate::world::profiles;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "ProfileItem", deserialize_with = "object::list")]
    fields: Vec<ProfileItem>,
}

impl Handler for Request {
    const SERVICE: &'static Service = PROFILE;
    const NAME: &'static str = "portrait_set";
    const EFFECT: Effect = Effect::Write;
    type Response = Empty;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        if self.fields.is_empty() {
            return Err("ProfileItem is empty: name at least one field".to_owned());
        }
        self.fields.iter().try_for_each(check::profile_field)
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        call.require(&self.from)?;
        profiles::set(call.db, &self.from, &self.fields)?;
        Ok(Empty {}.into())
    }
}
