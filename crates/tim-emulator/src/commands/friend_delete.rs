//! POST v4/sns/friend_delete
//! <https://www.tencentcloud.com/document/product/1047/34905>

use serde::Deserialize;
use tim_types::{Effect, ErrorCode, TargetResults, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::friends;

const MAX_TARGETS: usize = 1000;
pub(super) const SINGLE: &str = "Delete_Type_Single";
pub(super) const BOTH: &str = "Delete_Type_Both";

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "To_Account")]
    to: Vec<UserId>,
    #[serde(rename = "DeleteType", default = "single")]
    kind: String,
}

pub(super) fn single() -> String {
    SINGLE.to_owned()
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "friend_delete";
    const EFFECT: Effect = Effect::Delete;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::users("To_Account", self.to.iter(), MAX_TARGETS)?;
        check::one_of("DeleteType", &self.kind, &[SINGLE, BOTH])
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let both = self.kind == BOTH;
        Ok(TargetResults::with_failed(call.results(self.to, |to| part(call, &self.from, to, both))?).into())
    }
}

/// Ends a friendship. Returns an error if there is nothing to remove.
fn part(call: &Context<'_>, from: &UserId, to: &UserId, both: bool) -> Result<(), CommandError> {
    call.require_target(to)?;
    let ours = friends::remove(call.db, from, to)?;
    let theirs = both && friends::remove(call.db, to, from)?;
    if ours || theirs {
        return Ok(());
    }
    Err(CommandError::Target(ErrorCode::NOT_A_FRIEND, "Err_SNS_FriendDelete_Not_Friend".to_owned()))
}
