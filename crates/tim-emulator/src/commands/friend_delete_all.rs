//! POST v4/sns/friend_delete_all

use tim_types::friend::{DeleteAll, DeleteType};
use tim_types::{Empty, UserId};

use super::Context;
use super::friend_delete::event;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::friends;

impl CatalogHandler for DeleteAll {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        call.require(&self.from)?;
        let removed = friends::remove_all(call.db, &self.from, self.kind == DeleteType::BOTH)?;
        Ok(Outcome { body: Empty {}, event: event(removed) })
    }
}
