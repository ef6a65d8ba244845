//! POST v4/sns/group_delete

use tim_types::UserId;
use tim_types::friend_group::{Delete, DeleteResponse};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::world::groups;

impl CatalogHandler for Delete {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<DeleteResponse>, CommandError> {
        check::at_most_1000("GroupName", self.names.len()).map_err(|info| call.bad_parameter(info))?;
        call.require(&self.from)?;
        for name in &self.names {
            groups::remove(call.db, &self.from, name)?;
        }
        Ok(DeleteResponse::new(groups::sequence(call.db, &self.from)?.cast_signed()).into())
    }
}
