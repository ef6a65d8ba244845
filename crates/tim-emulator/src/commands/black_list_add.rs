//! POST v4/sns/black_list_add

use tim_types::block::Add;
use tim_types::webhook::{BlockAdd, Event, UserPair};
use tim_types::{ErrorCode, TargetResults, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome, succeeded};
use crate::command_error::CommandError;
use crate::world::{blocks, follows, friends, requests};

impl CatalogHandler for Add {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let items = call.results(self.to, |to| block(call, &self.from, to))?;
        let pair = |to| UserPair::new(self.from.clone(), to);
        let event = |blocked: Vec<_>| Event::BlockAdd(BlockAdd { pairs: blocked.into_iter().map(pair).collect() });
        Ok(Outcome { event: succeeded(&items).map(event), body: TargetResults::with_failed(items) })
    }
}

/// Blocks a user, removes the friend requests between the two users, and ends their friendship in
/// both directions, unless a quirk keeps it.
fn block(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    let quirks = call.settings.quirks;
    if from == to {
        return Err(call.bad_parameter(format!("\"{from}\" cannot block itself")));
    }
    call.require_target(to)?;
    if blocks::has(call.db, from, to)? {
        let old = quirks.already_blocked_old_code;
        let code = if old { ErrorCode::ALREADY_BLOCKED } else { ErrorCode::BAD_PARAMETER };
        return Err(CommandError::Target(code, "Err_SNS_BlackListAdd_Already_Exist".to_owned()));
    }
    let count = blocks::size(call.db, from)?.0;
    call.require_room(count, call.settings.relation_limits.blocked, ErrorCode::BLOCKLIST_FULL, || {
        format!("\"{from}\" already blocks the maximum number of users")
    })?;
    blocks::add(call.db, from, to, call.now())?;
    for (one, other) in [(from, to), (to, from)] {
        requests::remove(call.db, one, other)?;
        if !quirks.block_keeps_friends {
            friends::remove(call.db, one, other)?;
        }
        if quirks.block_ends_follows {
            follows::end(call.db, one, other)?;
        }
    }
    Ok(())
}
