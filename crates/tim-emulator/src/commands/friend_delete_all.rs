//! POST v4/sns/friend_delete_all
//! <https://www.tencentcloud.com/document/product/1047/34906>

use serde::Deserialize;
use tim_types::{Effect, Empty, UserId};

use super::Context;
use super::friend_delete::{BOTH, SINGLE, single};
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::friends;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "DeleteType", default = "single")]
    kind: String,
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "friend_delete_all";
    const EFFECT: Effect = Effect::Delete;
    type Response = Empty;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::one_of("DeleteType", &self.kind, &[SINGLE, BOTH])
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        call.require(&self.from)?;
        friends::remove_all(call.db, &self.from, self.kind == BOTH)?;
        Ok(Empty {}.into())
    }
}
