//! POST v4/follow/follow_check

use tim_types::UserId;
use tim_types::follow::{Check, CheckItem, CheckResponse, Relation};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::follows;

impl CatalogHandler for Check {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<CheckResponse>, CommandError> {
        call.require(&self.from)?;
        let items = call.items(self.to, |to| relation(call, &self.from, to), CheckItem::found, CheckItem::rejected)?;
        Ok(CheckResponse::new(items).into())
    }
}

fn relation(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<Relation, CommandError> {
    call.require_related(to)?;
    Ok(match follows::both_ways(call.db, from, to)? {
        (false, false) => Relation::NONE,
        (false, true) => Relation::FOLLOWER,
        (true, false) => Relation::FOLLOWING,
        (true, true) => Relation::MUTUAL,
    })
}
