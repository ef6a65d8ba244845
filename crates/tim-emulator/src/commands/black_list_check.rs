//! POST v4/sns/black_list_check

use tim_types::UserId;
use tim_types::block::{Check, CheckItem, CheckMode, CheckResponse, Relation};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::blocks;

impl CatalogHandler for Check {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<CheckResponse>, CommandError> {
        call.require(&self.from)?;
        let both = self.mode == CheckMode::BOTH;
        let relation = |to: &UserId| relation(call, &self.from, to, both);
        Ok(CheckResponse::new(call.items(self.to, relation, CheckItem::found, CheckItem::rejected)?).into())
    }
}

/// Returns the relation. Without `both`, only the list of `from` is checked.
fn relation(call: &Context<'_>, from: &UserId, to: &UserId, both: bool) -> Result<Relation, CommandError> {
    call.require_related(to)?;
    let theirs = both && blocks::has(call.db, to, from)?;
    Ok(match (blocks::has(call.db, from, to)?, theirs) {
        (false, false) => Relation::NO_RELATION,
        (true, false) => Relation::A_WITH_B,
        (false, true) => Relation::B_WITH_A,
        (true, true) => Relation::BOTH_WAY,
    })
}
