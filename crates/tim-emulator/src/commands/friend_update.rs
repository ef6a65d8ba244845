//! POST v4/sns/friend_update

use serde_json::Value;
use tim_types::friend::{FriendTag, Update, UpdatedFriend};
use tim_types::{TargetResults, UserId};

use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_fields, friend_groups};
use crate::command_error::CommandError;
use crate::world::friends;

impl CatalogHandler for Update {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.friends.iter().map(|friend| &friend.user).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let items = call.results(self.friends, |friend| update(call, &self.from, friend))?;
        Ok(TargetResults::with_failed(items).into())
    }
}

/// Sets the fields of a friend in their order. A list of groups replaces the earlier list.
fn update(call: &Context<'_>, from: &UserId, friend: &UpdatedFriend) -> Result<(), CommandError> {
    let to = &friend.user;
    call.require_target(to)?;
    let not_a_friend = || call.bad_parameter("Err_SNS_FriendUpdate_Friend_Not_Exist");
    let mut entry = friends::get(call.db, from, to)?.ok_or_else(not_a_friend)?;
    for field in &friend.fields {
        if field.tag == FriendTag::REMARK {
            entry.remark = field.value.as_str().unwrap_or_default().to_owned();
        } else if field.tag == FriendTag::GROUP {
            let names = field.value.as_array().into_iter().flatten().filter_map(Value::as_str);
            entry.groups = friend_groups::unique(names);
        } else {
            friend_fields::set_custom(&mut entry, field);
        }
    }
    friend_groups::create(call, from, &entry.groups, Some("Err_SNS_FriendUpdate_Group_Num_Exceed_Threshold"))?;
    Ok(friends::set(call.db, from, to, &entry)?)
}
