//! POST v4/sns/group_add

use tim_types::friend_group::{Add, AddResponse};
use tim_types::{ErrorCode, UserId};

use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_groups};
use crate::check;
use crate::command_error::CommandError;
use crate::world::{friends, groups};

/// The code for a user that is not a friend, in the documented sample. No other command has it.
const NOT_A_FRIEND_IN_SAMPLE: ErrorCode = ErrorCode(32216);

impl CatalogHandler for Add {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.friends.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<AddResponse>, CommandError> {
        for (field, given) in [("GroupName", self.names.len()), ("To_Account", self.friends.len())] {
            check::at_most_1000(field, given).map_err(|info| call.bad_parameter(info))?;
        }
        call.require(&self.from)?;
        friend_groups::create(call, &self.from, &self.names, None)?;
        let items = if self.friends.is_empty() {
            Vec::new()
        } else {
            call.results(self.friends, |friend| put(call, &self.from, friend, &self.names))?
        };
        Ok(AddResponse::new(items, groups::sequence(call.db, &self.from)?.cast_signed()).into())
    }
}

/// Puts a friend in all these groups.
fn put(call: &Context<'_>, from: &UserId, friend: &UserId, names: &[String]) -> Result<(), CommandError> {
    call.require_target(friend)?;
    let Some(mut entry) = friends::get(call.db, from, friend)? else {
        let (code, info) = if call.settings.quirks.group_stranger_old_code {
            (NOT_A_FRIEND_IN_SAMPLE, "Err_SNS_GroupAdd_ToTinyId_Not_Friend")
        } else {
            (ErrorCode::BAD_PARAMETER, "Err_SNS_GroupAdd_Friend_Not_Exist")
        };
        return Err(CommandError::Target(code, info.to_owned()));
    };
    entry.groups = friend_groups::unique(entry.groups.iter().chain(names).map(String::as_str));
    Ok(friends::set(call.db, from, friend, &entry)?)
}
