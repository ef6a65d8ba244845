//! POST v4/follow/follow_add

use tim_types::follow::Add;
use tim_types::webhook::{Event, FollowAdd};
use tim_types::{ErrorCode, TargetResults, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome, succeeded};
use crate::command_error::CommandError;
use crate::world::follows;

impl CatalogHandler for Add {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let items = call.results(self.to, |to| follow(call, &self.from, to))?;
        let event = |to| Event::FollowAdd(FollowAdd { from: self.from, to, time_ms: call.now_ms });
        Ok(Outcome { event: succeeded(&items).map(event), body: TargetResults::new(items) })
    }
}

/// Adds a follow. An existing follow stays unchanged, including its time.
fn follow(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    let quirks = call.settings.quirks;
    if from == to {
        let error = call.bad_parameter(format!("\"{from}\" cannot follow itself"));
        return Err(error.for_call_if(quirks.self_follow_rejects_call));
    }
    call.require_target(to)?;
    if follows::exists(call.db, from, to)? {
        let error = || call.bad_parameter(format!("\"{from}\" already follows \"{to}\""));
        return if quirks.follow_again_rejected { Err(error()) } else { Ok(()) };
    }
    check_limits(call, from, to).map_err(|error| error.for_call_if(quirks.limit_rejects_call))?;
    Ok(follows::begin(call.db, from, to, call.now())?)
}

fn check_limits(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    let (limits, ours, theirs) =
        (call.settings.relation_limits, follows::counts(call.db, from)?, follows::counts(call.db, to)?);
    let mutual = if follows::exists(call.db, to, from)? { limits.mutual } else { None };
    let mutuals = |user| move || format!("\"{user}\" already has the maximum number of mutual follows");
    call.require_room(ours.following, limits.following, ErrorCode::FOLLOWING_FULL, || {
        format!("\"{from}\" already follows the maximum number of users")
    })?;
    call.require_room(theirs.followers, limits.followers, ErrorCode::FOLLOWERS_FULL, || {
        format!("\"{to}\" already has the maximum number of followers")
    })?;
    call.require_room(ours.mutual, mutual, ErrorCode::MUTUAL_FULL, mutuals(from))?;
    call.require_room(theirs.mutual, mutual, ErrorCode::TARGET_MUTUAL_FULL, mutuals(to))
}
