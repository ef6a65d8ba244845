//! POST v4/profile/portrait_get
//! <https://www.tencentcloud.com/document/product/1047/34917>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, ErrorCode, ProfileItem, ProfileTag, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{PROFILE, Service};
use crate::world::profiles;

const MAX_TARGETS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "To_Account")]
    to: Vec<UserId>,
    #[serde(rename = "TagList")]
    tags: Vec<ProfileTag>,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "UserProfileItem")]
    items: Vec<Item>,
    #[serde(rename = "Fail_Account", skip_serializing_if = "Vec::is_empty")]
    failed: Vec<UserId>,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "To_Account")]
    user: UserId,
    #[serde(rename = "ProfileItem")]
    fields: Vec<ProfileItem>,
    #[serde(rename = "ResultCode")]
    code: ErrorCode,
    #[serde(rename = "ResultInfo")]
    info: String,
}

impl Handler for Request {
    const SERVICE: &'static Service = PROFILE;
    const NAME: &'static str = "portrait_get";
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::users("To_Account", self.to.iter(), MAX_TARGETS)?;
        if self.tags.is_empty() {
            return Err("TagList is empty: name at least one field".to_owned());
        }
        self.tags.iter().try_for_each(check::profile_tag)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.to.iter().collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let fields = |user: &UserId| {
            call.require_target(user)?;
            let mut fields = profiles::get(call.db, user)?.unwrap_or_default().0;
            fields.retain(|field| self.tags.contains(&field.tag));
            Ok(fields)
        };
        let found = |user, fields| Item { user, fields, code: ErrorCode::OK, info: String::new() };
        let rejected = |user, code, info| Item { user, fields: Vec::new(), code, info };
        let items = call.items(self.to, fields, found, rejected)?;
        let failed = items.iter().filter(|item| item.code != ErrorCode::OK).map(|item| item.user.clone()).collect();
        Ok(Response { items, failed }.into())
    }
}
