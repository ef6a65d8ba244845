//! POST v4/sns/black_list_delete
//! <https://www.tencentcloud.com/document/product/1047/34912>

use serde::Deserialize;
use tim_types::{Effect, TargetResults, UserId};

use super::handler::{Handler, Outcome};
use super::{Context, black_list_add};
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::blocks;

#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Request(black_list_add::Request);

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "black_list_delete";
    const EFFECT: Effect = Effect::Delete;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), String> {
        self.0.check_users()
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.0.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.0.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        let black_list_add::Request { from, to } = self.0;
        call.require(&from)?;
        let unblock = |to: &UserId| {
            call.require_target(to)?;
            if blocks::remove(call.db, &from, to)? {
                return Ok(());
            }
            Err(call.bad_parameter(format!("\"{to}\" is not on the blocklist of \"{from}\"")))
        };
        Ok(TargetResults::with_failed(call.results(to, unblock)?).into())
    }
}
