//! POST v4/sns/friend_get_list

use tim_types::friend::{FriendField, FriendTag, Get, GetItem, GetResponse};
use tim_types::{Endpoint, ErrorCode, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::friends::{self, FriendEntry};
use crate::world::{Call, profiles};

impl Command for Get {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = Self::COMMAND;
    type Response = GetResponse;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<GetResponse, CommandError> {
        call.require(&self.from)?;
        let fields = |to: &UserId| fields(call, &self.from, to, &self.tags);
        Ok(GetResponse::new(call.items(self.to, fields, GetItem::found, GetItem::rejected)?))
    }
}

/// The fields that are set, in the order of `tags`. The emulator keeps no groups and no wording.
fn fields(call: &Call<'_>, from: &UserId, to: &UserId, tags: &[FriendTag]) -> Result<Vec<FriendField>, CommandError> {
    let not_a_friend =
        || CommandError::Target(ErrorCode::BAD_PARAMETER, "Err_SNS_FriendGetList_Friend_Not_Exist".to_owned());
    let FriendEntry { source, remark, added_at } = friends::get(call.db, from, to)?.ok_or_else(not_a_friend)?;
    let profile = profiles::get(call.db, to)?.map(|(profile, _)| profile).unwrap_or_default();
    let text = |text: &str| Some(text.into()).filter(|_| !text.is_empty());
    let value = |tag: &FriendTag| match tag {
        tag if *tag == FriendTag::REMARK => text(&remark),
        tag if *tag == FriendTag::ADD_SOURCE => text(&source),
        tag if *tag == FriendTag::ADD_TIME => Some(added_at.into()),
        tag => profile.iter().find(|item| item.tag.as_str() == tag.as_str()).map(|item| item.value.clone()),
    };
    Ok(tags.iter().filter_map(|tag| Some(FriendField::new(tag.clone(), value(tag)?))).collect())
}
