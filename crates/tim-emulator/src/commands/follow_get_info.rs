//! POST v4/follow/follow_get_info

use tim_types::follow::{Counts, CountsItem, CountsResponse};
use tim_types::{Endpoint, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FOLLOW, Service};
use crate::world::{Call, follows};

impl Command for Counts {
    const SERVICE: &'static Service = FOLLOW;
    const NAME: &'static str = Self::COMMAND;
    type Response = CountsResponse;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<CountsResponse, CommandError> {
        call.require(&self.from)?;
        let counts = |of: &UserId| {
            call.require_target(of)?;
            Ok(follows::counts(call.db, of)?)
        };
        Ok(CountsResponse::new(call.items(self.to, counts, CountsItem::found, CountsItem::rejected)?))
    }
}
