//! POST v4/sns/group_get

use tim_types::UserId;
use tim_types::friend_group::{Group, List, ListResponse, NeedFriend};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::world::groups;

impl CatalogHandler for List {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<ListResponse>, CommandError> {
        check::at_most_1000("GroupName", self.names.len()).map_err(|info| call.bad_parameter(info))?;
        call.require(&self.from)?;
        let all = self.names.is_empty();
        let hidden = !all && call.settings.quirks.group_names_hide_friends;
        let with_friends = self.need_friend == Some(NeedFriend::YES) && !hidden;
        let group = |name: String| {
            let friends = groups::members(call.db, &self.from, &name)?;
            Ok(if with_friends { Group::with_friends(name, friends) } else { Group::new(name, friends.len() as u64) })
        };
        let names = groups::list(call.db, &self.from)?.into_iter().filter(|name| all || self.names.contains(name));
        let found = names.map(group).collect::<Result<_, CommandError>>()?;
        Ok(ListResponse::new(found, groups::sequence(call.db, &self.from)?.cast_signed()).into())
    }
}
