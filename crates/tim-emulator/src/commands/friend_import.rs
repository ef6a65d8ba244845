//! POST v4/sns/friend_import

use tim_types::friend::{Import, ImportedFriend};
use tim_types::{ErrorCode, InvalidRequest, TargetResults, UserId};

use super::friend_add::{require_other, require_source, validate_with_any_source};
use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_fields, friend_groups};
use crate::check;
use crate::command_error::CommandError;
use crate::world::friends::{self, FriendEntry};

impl CatalogHandler for Import {
    /// A wrong source rejects only its item: see [`import`].
    fn validate(&self) -> Result<(), InvalidRequest> {
        validate_with_any_source(self, |import| import.friends.iter_mut().map(|friend| &mut friend.source).collect())
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.friends.iter().map(|friend| &friend.user).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let items = call.results(self.friends, |friend| import(call, &self.from, friend))?;
        Ok(TargetResults::with_failed(items).into())
    }
}

/// Adds a friend to the list of `from`, or sets the given fields of an existing entry. Ignores the
/// blocklists and the profile of the target.
fn import(call: &Context<'_>, from: &UserId, friend: &ImportedFriend) -> Result<(), CommandError> {
    let to = &friend.user;
    require_source(call, &friend.source)?;
    friend.added_at.map_or(Ok(()), check::time).map_err(|info| call.bad_parameter(format!("AddTime: {info}")))?;
    require_other(call, from, to)?;
    let existing = friends::get(call.db, from, to)?;
    if existing.is_some() && call.settings.quirks.import_existing_friend_rejected {
        return Err(call.bad_parameter("Err_SNS_FriendImport_Friend_Exist"));
    }
    if existing.is_none() {
        let count = friends::size(call.db, from)?.count;
        if call.settings.relation_limits.friends.is_some_and(|limit| count >= limit) {
            let info = "Err_SNS_FriendImport_My_Friend_Num_Exceed_Threshold".to_owned();
            return Err(CommandError::Target(ErrorCode::FRIENDS_FULL, info));
        }
    }
    friend_groups::create(call, from, &friend.groups, None)?;
    let mut entry = existing.unwrap_or_else(|| FriendEntry { added_at: call.now(), ..FriendEntry::default() });
    set_fields(&mut entry, friend);
    Ok(friends::set(call.db, from, to, &entry)?)
}

fn set_fields(entry: &mut FriendEntry, friend: &ImportedFriend) {
    friend.source.as_str().clone_into(&mut entry.source);
    for (field, text) in [(&mut entry.remark, &friend.remark), (&mut entry.wording, &friend.wording)] {
        if let Some(text) = text {
            field.clone_from(text);
        }
    }
    if !friend.groups.is_empty() {
        entry.groups = friend_groups::unique(friend.groups.iter().map(String::as_str));
    }
    if let Some(time) = friend.added_at {
        entry.added_at = i64::try_from(time).unwrap_or(i64::MAX);
    }
    friend.custom.iter().for_each(|field| friend_fields::set_custom(entry, field));
}
