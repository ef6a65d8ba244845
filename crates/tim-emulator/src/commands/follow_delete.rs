//! POST v4/follow/follow_delete

use tim_types::follow::Delete;
use tim_types::webhook::{Event, FollowDelete};
use tim_types::{TargetResults, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome, succeeded};
use crate::command_error::CommandError;
use crate::world::follows;

impl CatalogHandler for Delete {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let end = |to: &UserId| {
            call.require_target(to)?;
            if follows::end(call.db, &self.from, to)? || !call.settings.quirks.unfollow_again_rejected {
                return Ok(());
            }
            Err(call.bad_parameter(format!("\"{}\" does not follow \"{to}\"", self.from)))
        };
        let items = call.results(self.to, end)?;
        let event = |to| Event::FollowDelete(FollowDelete { from: self.from.clone(), to, time_ms: call.now_ms });
        Ok(Outcome { event: succeeded(&items).map(event), body: TargetResults::new(items) })
    }
}
