//! POST v4/sns/black_list_add
//! <https://www.tencentcloud.com/document/product/1047/34911>

use serde::Deserialize;
use tim_types::{Effect, ErrorCode, TargetResults, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::{blocks, follows, friends};

const MAX_TARGETS: usize = 1000;

/// The request, which black_list_delete also uses.
#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    pub(super) from: UserId,
    #[serde(rename = "To_Account")]
    pub(super) to: Vec<UserId>,
}

impl Request {
    pub(super) fn check_users(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::users("To_Account", self.to.iter(), MAX_TARGETS)
    }
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "black_list_add";
    const EFFECT: Effect = Effect::Write;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), String> {
        self.check_users()
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        Ok(TargetResults::with_failed(call.results(self.to, |to| block(call, &self.from, to))?).into())
    }
}

/// Blocks a user, and ends a friendship of the two users in both directions, unless a quirk keeps
/// it.
fn block(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    if from == to {
        return Err(call.bad_parameter(format!("\"{from}\" cannot block itself")));
    }
    call.require_target(to)?;
    if blocks::has(call.db, from, to)? {
        return Err(call.bad_parameter("Err_SNS_BlackListAdd_Already_Exist"));
    }
    let count = blocks::size(call.db, from)?.0;
    call.require_room(count, call.settings.relation_limits.blocked, ErrorCode::BLOCKLIST_FULL, || {
        format!("\"{from}\" already blocks the maximum number of users")
    })?;
    blocks::add(call.db, from, to, call.now())?;
    for (one, other) in [(from, to), (to, from)] {
        if !call.settings.quirks.block_keeps_friends {
            friends::remove(call.db, one, other)?;
        }
        if call.settings.quirks.block_ends_follows {
            follows::end(call.db, one, other)?;
        }
    }
    Ok(())
}
