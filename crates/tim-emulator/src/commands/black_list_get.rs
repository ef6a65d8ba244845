//! POST v4/sns/black_list_get
//! <https://www.tencentcloud.com/document/product/1047/34914>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::blocks;

const MAX_PAGE_SIZE: u32 = 1000;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "StartIndex")]
    start: u32,
    #[serde(rename = "MaxLimited")]
    limit: u32,
    /// Required, and 0 in a REST call. The emulator ignores the value.
    #[serde(rename = "LastSequence")]
    _known: u64,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "BlackListItem")]
    items: Vec<Item>,
    /// 0 on the last page.
    #[serde(rename = "StartIndex")]
    next: u32,
    /// The key is misspelled on the wire too.
    #[serde(rename = "CurruentSequence")]
    sequence: u64,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "To_Account")]
    user: UserId,
    #[serde(rename = "AddBlackTimeStamp")]
    blocked_at: i64,
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "black_list_get";
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        match self.limit {
            1..=MAX_PAGE_SIZE => Ok(()),
            other => Err(format!("MaxLimited is {other}: it must be 1 to {MAX_PAGE_SIZE}")),
        }
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        call.require(&self.from)?;
        let (count, sequence) = blocks::size(call.db, &self.from)?;
        let page = blocks::page(call.db, &self.from, self.start, self.limit)?;
        let end = self.start.saturating_add(self.limit);
        let next = if u64::from(end) >= count { 0 } else { end };
        let items = page.into_iter().map(|(user, blocked_at)| Item { user, blocked_at }).collect();
        Ok(Response { items, next, sequence }.into())
    }
}
