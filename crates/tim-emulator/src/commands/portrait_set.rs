//! POST v4/profile/portrait_set
//! <https://www.tencentcloud.com/document/product/1047/34916>

use serde::Deserialize;
use tim_types::{Empty, ProfileItem, UserId};

use super::Command;
use crate::check;
use crate::command_error::CommandError;
use crate::service::{PROFILE, Service};
use crate::world::{Call, profiles};

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "ProfileItem")]
    fields: Vec<ProfileItem>,
}

impl Command for Request {
    const SERVICE: &'static Service = PROFILE;
    const NAME: &'static str = "portrait_set";
    type Response = Empty;

    fn check(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        if self.fields.is_empty() {
            return Err("ProfileItem is empty: name at least one field".to_owned());
        }
        self.fields.iter().try_for_each(check::profile_field)
    }

    fn run(self, call: &Call<'_>) -> Result<Empty, CommandError> {
        call.require(&self.from)?;
        profiles::set(call.db, &self.from, &self.fields)?;
        Ok(Empty {})
    }
}
