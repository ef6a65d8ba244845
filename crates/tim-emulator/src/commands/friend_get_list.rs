//! POST v4/sns/friend_get_list

use tim_types::friend::{FriendField, FriendTag, Get, GetItem, GetResponse};
use tim_types::{ErrorCode, UserId};

use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_fields};
use crate::command_error::CommandError;
use crate::profile_fields;
use crate::world::{friends, profiles};

impl CatalogHandler for Get {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<GetResponse>, CommandError> {
        call.require(&self.from)?;
        let fields = |to: &UserId| fields(call, &self.from, to, &self.tags);
        Ok(GetResponse::new(call.items(self.to, fields, GetItem::found, GetItem::rejected)?).into())
    }
}

/// Returns the fields that are set, in the order of `tags`.
fn fields(
    call: &Context<'_>,
    from: &UserId,
    to: &UserId,
    tags: &[FriendTag],
) -> Result<Vec<FriendField>, CommandError> {
    call.require_target(to)?;
    let not_a_friend =
        || CommandError::Target(ErrorCode::BAD_PARAMETER, "Err_SNS_FriendGetList_Friend_Not_Exist".to_owned());
    let mut fields = friend_fields::of(friends::get(call.db, from, to)?.ok_or_else(not_a_friend)?);
    let profile = profiles::get(call.db, to)?.map(|(profile, _)| profile).unwrap_or_default();
    fields.extend(profile.into_iter().map(|field| FriendField::new(field.tag, field.value)));
    let set = |tag: &FriendTag| fields.iter().find(|field| field.tag == *tag).map(|field| field.value.clone());
    let shown = |tag| set(tag).or_else(|| profile_fields::unset_value(tag.as_str(), &call.settings.quirks));
    Ok(tags.iter().filter_map(|tag| Some(FriendField::new(tag.clone(), shown(tag)?))).collect())
}
