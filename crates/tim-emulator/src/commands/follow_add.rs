//! POST v4/follow/follow_add

use tim_types::follow::Add;
use tim_types::{Endpoint, ErrorCode, TargetResults, UserId};

use super::Command;
use crate::refusal::Refusal;
use crate::service::{FOLLOW, Service};
use crate::world::{Call, follows};

impl Command for Add {
    const SERVICE: &'static Service = FOLLOW;
    const NAME: &'static str = Self::COMMAND;
    type Answer = TargetResults;

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|error| error.to_string())
    }

    fn run(self, call: &Call<'_>) -> Result<TargetResults, Refusal> {
        call.require(&self.from)?;
        Ok(TargetResults::new(call.results(self.to, |to| follow(call, &self.from, to))?))
    }
}

/// Following again changes nothing, not even the time.
fn follow(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), Refusal> {
    let choices = call.rules.choices;
    if from == to {
        let refusal = call.bad_parameter(format!("\"{from}\" cannot follow itself"));
        return Err(refusal.of_call_if(choices.self_follow_refuses_call));
    }
    call.require_target(to)?;
    if follows::exists(call.db, from, to)? {
        let refusal = || call.bad_parameter(format!("\"{from}\" follows \"{to}\" already"));
        return if choices.follow_again_refused { Err(refusal()) } else { Ok(()) };
    }
    check_caps(call, from, to).map_err(|refusal| refusal.of_call_if(choices.cap_refuses_call))?;
    Ok(follows::begin(call.db, from, to, call.now)?)
}

fn check_caps(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), Refusal> {
    let (caps, ours, theirs) = (call.rules.caps, follows::counts(call.db, from)?, follows::counts(call.db, to)?);
    let mutual = if follows::exists(call.db, to, from)? { caps.mutual } else { None };
    let mutuals = |user| move || format!("\"{user}\" has as many mutual follows");
    call.require_room(ours.following, caps.following, ErrorCode::FOLLOWING_FULL, || {
        format!("\"{from}\" follows as many")
    })?;
    call.require_room(theirs.followers, caps.followers, ErrorCode::FOLLOWERS_FULL, || {
        format!("\"{to}\" has as many followers")
    })?;
    call.require_room(ours.mutual, mutual, ErrorCode::MUTUAL_FULL, mutuals(from))?;
    call.require_room(theirs.mutual, mutual, ErrorCode::TARGET_MUTUAL_FULL, mutuals(to))
}
