//! POST v4/follow/follow_add

use tim_types::follow::Add;
use tim_types::{Endpoint, ErrorCode, TargetResults, UserId};

use super::Command;
use crate::command_error::CommandError;
use crate::service::{FOLLOW, Service};
use crate::world::{Call, follows};

impl Command for Add {
    const SERVICE: &'static Service = FOLLOW;
    const NAME: &'static str = Self::COMMAND;
    type Response = TargetResults;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<TargetResults, CommandError> {
        call.require(&self.from)?;
        Ok(TargetResults::new(call.results(self.to, |to| follow(call, &self.from, to))?))
    }
}

/// Following again changes nothing, not even the time.
fn follow(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    let quirks = call.settings.quirks;
    if from == to {
        let refusal = call.bad_parameter(format!("\"{from}\" cannot follow itself"));
        return Err(refusal.for_call_if(quirks.self_follow_rejects_call));
    }
    call.require_target(to)?;
    if follows::exists(call.db, from, to)? {
        let refusal = || call.bad_parameter(format!("\"{from}\" follows \"{to}\" already"));
        return if quirks.follow_again_rejected { Err(refusal()) } else { Ok(()) };
    }
    check_caps(call, from, to).map_err(|refusal| refusal.for_call_if(quirks.limit_rejects_call))?;
    Ok(follows::begin(call.db, from, to, call.now)?)
}

fn check_caps(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    let (limits, ours, theirs) =
        (call.settings.relation_limits, follows::counts(call.db, from)?, follows::counts(call.db, to)?);
    let mutual = if follows::exists(call.db, to, from)? { limits.mutual } else { None };
    let mutuals = |user| move || format!("\"{user}\" has as many mutual follows");
    call.require_room(ours.following, limits.following, ErrorCode::FOLLOWING_FULL, || {
        format!("\"{from}\" follows as many")
    })?;
    call.require_room(theirs.followers, limits.followers, ErrorCode::FOLLOWERS_FULL, || {
        format!("\"{to}\" has as many followers")
    })?;
    call.require_room(ours.mutual, mutual, ErrorCode::MUTUAL_FULL, mutuals(from))?;
    call.require_room(theirs.mutual, mutual, ErrorCode::TARGET_MUTUAL_FULL, mutuals(to))
}
