//! POST v4/sns/black_list_delete

use tim_types::block::Delete;
use tim_types::webhook::{BlockDelete, Event, UserPair};
use tim_types::{TargetResults, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::blocks;

impl CatalogHandler for Delete {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let from = &self.from;
        let mut removed = Vec::new();
        let unblock = |to: &UserId| {
            call.require_target(to)?;
            if blocks::remove(call.db, from, to)? {
                removed.push(UserPair::new(from.clone(), to.clone()));
            } else if !call.settings.quirks.unblock_again_accepted {
                // This text is invented; the documents do not have one.
                return Err(call.bad_parameter("Err_SNS_BlackListDelete_Not_Exist"));
            }
            Ok(())
        };
        let body = TargetResults::with_failed(call.results(self.to, unblock)?);
        let event = (!removed.is_empty()).then_some(Event::BlockDelete(BlockDelete { pairs: removed }));
        Ok(Outcome { event, body })
    }
}
