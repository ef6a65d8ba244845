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

/// Following again changes nothing, not even the time, and is no mistake.
fn follow(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), Refusal> {
    if from == to {
        return Err(call.bad_parameter(format!("\"{from}\" cannot follow itself")));
    }
    call.require(to)?;
    if follows::exists(call.db, from, to)? {
        return Ok(());
    }
    check_caps(call, from, to)?;
    Ok(follows::begin(call.db, from, to, call.now)?)
}

fn check_caps(call: &Call<'_>, from: &UserId, to: &UserId) -> Result<(), Refusal> {
    let (ours, theirs) = (follows::counts(call.db, from)?, follows::counts(call.db, to)?);
    let becomes_mutual = follows::exists(call.db, to, from)?;
    let mutual_cap = call.rules.caps.mutual.filter(|_| becomes_mutual);
    for (count, cap, code, info) in [
        (ours.following, call.rules.caps.following, ErrorCode::FOLLOWING_FULL, format!("\"{from}\" follows as many")),
        (
            theirs.followers,
            call.rules.caps.followers,
            ErrorCode::FOLLOWERS_FULL,
            format!("\"{to}\" has as many followers"),
        ),
        (ours.mutual, mutual_cap, ErrorCode::MUTUAL_FULL, format!("\"{from}\" has as many mutual follows")),
        (theirs.mutual, mutual_cap, ErrorCode::TARGET_MUTUAL_FULL, format!("\"{to}\" has as many mutual follows")),
    ] {
        if let Some(cap) = cap.filter(|cap| count >= *cap) {
            return Err(Refusal::Code(code, format!("{info} as allowed: {cap}")));
        }
    }
    Ok(())
}
