//! POST v4/sns/friend_delete_all
//! <https://www.tencentcloud.com/document/product/1047/34906>

use serde::Deserialize;
use tim_types::{Empty, UserId};

use super::Command;
use super::friend_delete::{BOTH, SINGLE, single};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::{Call, friends};

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "DeleteType", default = "single")]
    kind: String,
}

impl Command for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "friend_delete_all";
    type Response = Empty;

    fn check(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::one_of("DeleteType", &self.kind, &[SINGLE, BOTH])
    }

    fn run(self, call: &Call<'_>) -> Result<Empty, CommandError> {
        call.require(&self.from)?;
        friends::remove_all(call.db, &self.from, self.kind == BOTH)?;
        Ok(Empty {})
    }
}
