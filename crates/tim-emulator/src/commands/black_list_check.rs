//! POST v4/sns/black_list_check
//! <https://www.tencentcloud.com/document/product/1047/34913>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, ErrorCode, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::blocks;

const MAX_TARGETS: usize = 1000;
const SINGLE: &str = "BlackCheckResult_Type_Single";
const BOTH: &str = "BlackCheckResult_Type_Both";
/// Here the value ends in `NO`; friend_check uses `NoRelation`.
const NO_RELATION: &str = "BlackCheckResult_Type_NO";

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "To_Account")]
    to: Vec<UserId>,
    #[serde(rename = "CheckType")]
    mode: String,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "BlackListCheckItem")]
    items: Vec<Item>,
    #[serde(rename = "Fail_Account", skip_serializing_if = "Vec::is_empty")]
    failed: Vec<UserId>,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "To_Account")]
    user: UserId,
    #[serde(rename = "Relation")]
    relation: &'static str,
    #[serde(rename = "ResultCode")]
    code: ErrorCode,
    #[serde(rename = "ResultInfo")]
    info: String,
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "black_list_check";
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::users("To_Account", self.to.iter(), MAX_TARGETS)?;
        check::one_of("CheckType", &self.mode, &[SINGLE, BOTH])
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        call.require(&self.from)?;
        let both = self.mode == BOTH;
        let found = |user, relation| Item { user, relation, code: ErrorCode::OK, info: String::new() };
        let rejected = |user, code, info| Item { user, relation: NO_RELATION, code, info };
        let items = call.items(self.to, |to| relation(call, &self.from, to, both), found, rejected)?;
        let failed = items.iter().filter(|item| item.code != ErrorCode::OK).map(|item| item.user.clone()).collect();
        Ok(Response { items, failed }.into())
    }
}

/// Returns the relation. Without `both`, only the list of `from` is checked.
fn relation(call: &Context<'_>, from: &UserId, to: &UserId, both: bool) -> Result<&'static str, CommandError> {
    call.require_related(to)?;
    let theirs = both && blocks::has(call.db, to, from)?;
    Ok(match (blocks::has(call.db, from, to)?, theirs) {
        (false, false) => NO_RELATION,
        (true, false) => "BlackCheckResult_Type_AWithB",
        (false, true) => "BlackCheckResult_Type_BWithA",
        (true, true) => "BlackCheckResult_Type_BothWay",
    })
}
