//! POST v4/follow/follow_get_info

use tim_types::UserId;
use tim_types::follow::{Counts, CountsItem, CountsResponse};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::follows;

impl CatalogHandler for Counts {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<CountsResponse>, CommandError> {
        call.require(&self.from)?;
        let counts = |of: &UserId| {
            call.require_target(of)?;
            Ok(follows::counts(call.db, of)?)
        };
        Ok(CountsResponse::new(call.items(self.to, counts, CountsItem::found, CountsItem::rejected)?).into())
    }
}
