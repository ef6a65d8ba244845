//! POST v4/follow/follow_check

use tim_types::follow::{Check, CheckItem, CheckResponse, Relation};
use tim_types::{Endpoint, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FOLLOW, Service};
use crate::world::{Call, follows};

impl Command for Check {
    const SERVICE: &'static Service = FOLLOW;
    const NAME: &'static str = Self::COMMAND;
    type Response = CheckResponse;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<CheckResponse, CommandError> {
        call.require(&self.from)?;
        let items = call.items(self.to, |to| relation(call, &self.from, to), CheckItem::found, CheckItem::rejected)?;
        Ok(CheckResponse::new(items))
    }
}

fn relation(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<Relation, CommandError> {
    call.require_related(to)?;
    Ok(match follows::both_ways(call.db, from, to)? {
        (false, false) => Relation::NONE,
        (false, true) => Relation::FOLLOWER,
        (true, false) => Relation::FOLLOWING,
        (true, true) => Relation::MUTUAL,
    })
}
