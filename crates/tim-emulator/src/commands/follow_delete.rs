//! POST v4/follow/follow_delete

use tim_types::follow::Delete;
use tim_types::{Endpoint, TargetResults, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FOLLOW, Service};
use crate::world::{Call, follows};

impl Command for Delete {
    const SERVICE: &'static Service = FOLLOW;
    const NAME: &'static str = Self::COMMAND;
    type Response = TargetResults;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<TargetResults, CommandError> {
        call.require(&self.from)?;
        let end = |to: &UserId| {
            call.require_target(to)?;
            if follows::end(call.db, &self.from, to)? || !call.settings.quirks.unfollow_again_rejected {
                return Ok(());
            }
            Err(call.bad_parameter(format!("\"{}\" does not follow \"{to}\"", self.from)))
        };
        Ok(TargetResults::new(call.results(self.to, end)?))
    }
}
