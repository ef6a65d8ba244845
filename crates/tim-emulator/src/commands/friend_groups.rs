//! The friend groups that commands create.

use std::collections::HashSet;

use tim_types::{ErrorCode, UserId};

use super::Context;
use crate::command_error::CommandError;
use crate::world::groups;

/// Creates the groups that `owner` does not have yet. If `owner` would have too many groups,
/// creates none and returns an error with the text `full`, or with a text that names the limit.
pub(super) fn create(
    call: &Context<'_>,
    owner: &UserId,
    names: &[String],
    full: Option<&str>,
) -> Result<(), CommandError> {
    if names.is_empty() {
        return Ok(());
    }
    let existing = groups::list(call.db, owner)?;
    let mut known: HashSet<_> = existing.iter().collect();
    let missing: Vec<_> = names.iter().filter(|name| known.insert(name)).collect();
    match call.settings.relation_limits.groups {
        Some(limit) if !missing.is_empty() && known.len() as u64 > limit => {
            let info = || format!("\"{owner}\" can have at most {limit} friend groups: remove some with group_delete");
            Err(CommandError::Target(ErrorCode::FRIEND_GROUPS_FULL, full.map_or_else(info, str::to_owned)))
        }
        _ => Ok(missing.into_iter().try_for_each(|name| groups::add(call.db, owner, name).map(drop))?),
    }
}

/// Returns each name once, in the order of its first occurrence.
pub(super) fn unique<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known = HashSet::new();
    names.into_iter().filter(|name| known.insert(*name)).map(str::to_owned).collect()
}
