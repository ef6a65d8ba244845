//! POST v4/sns/friend_check

use tim_types::friend::{Check, CheckItem, CheckMode, CheckResponse, Relation};
use tim_types::{Endpoint, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::{Call, friends};

impl Command for Check {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = Self::COMMAND;
    type Response = CheckResponse;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<CheckResponse, CommandError> {
        call.require(&self.from)?;
        let both = self.mode == CheckMode::BOTH;
        let relation = |to: &UserId| relation(call, &self.from, to, both);
        Ok(CheckResponse::new(call.items(self.to, relation, CheckItem::found, CheckItem::rejected)?))
    }
}

/// One-way, the list of the target is not looked at.
fn relation(call: &Call<'_>, from: &UserId, to: &UserId, both: bool) -> Result<Relation, CommandError> {
    call.require_related(to)?;
    let theirs = both && friends::has(call.db, to, from)?;
    Ok(match (friends::has(call.db, from, to)?, theirs) {
        (false, false) => Relation::NO_RELATION,
        (true, false) => Relation::A_WITH_B,
        (false, true) => Relation::B_WITH_A,
        (true, true) => Relation::BOTH_WAY,
    })
}
