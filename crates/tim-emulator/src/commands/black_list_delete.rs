//! POST v4/sns/black_list_delete
//! <https://www.tencentcloud.com/document/product/1047/34912>

use serde::Deserialize;
use tim_types::UserId;

use super::friend_add::Response;
use super::{Command, black_list_add};
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::{Call, blocks};

#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Request(black_list_add::Request);

impl Command for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "black_list_delete";
    type Response = Response;

    fn check(&self) -> Result<(), String> {
        self.0.check_users()
    }

    fn run(self, call: &Call<'_>) -> Result<Response, CommandError> {
        let black_list_add::Request { from, to } = self.0;
        call.require(&from)?;
        let unblock = |to: &UserId| {
            call.require_target(to)?;
            if blocks::remove(call.db, &from, to)? {
                return Ok(());
            }
            Err(call.bad_parameter(format!("\"{to}\" is not on the blocklist of \"{from}\"")))
        };
        Ok(Response::new(call.results(to, unblock)?))
    }
}
