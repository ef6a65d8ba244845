//! POST v4/sns/friend_delete

use tim_types::friend::{Delete, DeleteType};
use tim_types::webhook::{Event, FriendDelete, UserPair};
use tim_types::{ErrorCode, TargetResults, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::friends;

impl CatalogHandler for Delete {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let both = self.kind == DeleteType::BOTH;
        let mut removed = Vec::new();
        let items = call.results(self.to, |to| {
            removed.extend(unfriend(call, &self.from, to, both)?);
            Ok(())
        })?;
        Ok(Outcome { body: TargetResults::with_failed(items), event: event(removed) })
    }
}

/// Removes `to` from the list of `from`; with `both`, also the other way round. Returns the removed
/// entries. Changes nothing if the list of `from` does not contain `to`.
fn unfriend(call: &Context<'_>, from: &UserId, to: &UserId, both: bool) -> Result<Vec<UserPair>, CommandError> {
    call.require_target(to)?;
    if !friends::remove(call.db, from, to)? {
        let quirk = call.settings.quirks.unfriend_stranger_bad_parameter;
        let code = if quirk { call.service.bad_parameter } else { ErrorCode::NOT_A_FRIEND };
        return Err(CommandError::Target(code, "Err_SNS_FriendDelete_Not_Friend".to_owned()));
    }
    let mut removed = vec![UserPair::new(from.clone(), to.clone())];
    if both && friends::remove(call.db, to, from)? {
        removed.push(UserPair::new(to.clone(), from.clone()));
    }
    Ok(removed)
}

/// Returns the event for the removed entries; `None` if there are none.
pub(super) fn event(pairs: Vec<UserPair>) -> Option<Event> {
    (!pairs.is_empty()).then_some(Event::FriendDelete(FriendDelete { pairs }))
}
