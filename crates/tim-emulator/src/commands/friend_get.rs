//! POST v4/sns/friend_get
//! <https://www.tencentcloud.com/document/product/1047/34908>

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tim_types::{Effect, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::friends::{self, FriendEntry, FriendListSize};

const PAGE_SIZE: u32 = 500;

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "StartIndex")]
    start: u32,
    /// The sequence of an earlier response; 0 requests all friends. For each further page, clients
    /// send the sequence of the page before.
    #[serde(rename = "StandardSequence", default)]
    known: u64,
}

#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "UserDataItem")]
    friends: Vec<Friend>,
    #[serde(rename = "StandardSequence")]
    sequence: u64,
    #[serde(rename = "CustomSequence")]
    custom_sequence: u64,
    #[serde(rename = "FriendNum")]
    count: u64,
    /// 1 on the last page.
    #[serde(rename = "CompleteFlag")]
    complete: u8,
    /// 0 on the last page.
    #[serde(rename = "NextStartIndex")]
    next: u32,
}

#[derive(Serialize)]
struct Friend {
    #[serde(rename = "To_Account")]
    user: UserId,
    #[serde(rename = "ValueItem")]
    fields: Vec<Value>,
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "friend_get";
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        call.require(&self.from)?;
        let FriendListSize { count, sequence, custom_sequence } = friends::size(call.db, &self.from)?;
        let asked = self.start == 0 || call.settings.quirks.known_friends_end_paging;
        let unchanged = asked && self.known != 0 && self.known == sequence;
        let limit = if unchanged { 0 } else { PAGE_SIZE };
        let page = friends::page(call.db, &self.from, self.start, limit)?;
        let end = self.start.saturating_add(PAGE_SIZE);
        let next = if unchanged || u64::from(end) >= count { 0 } else { end };
        let friends = page.into_iter().map(|(user, note)| Friend { user, fields: fields(note) }).collect();
        Ok(Response { friends, sequence, custom_sequence, count, complete: u8::from(next == 0), next }.into())
    }
}

fn fields(note: FriendEntry) -> Vec<Value> {
    let field = |tag, value| json!({ "Tag": tag, "Value": value });
    let mut fields = Vec::new();
    for (tag, text) in [("Tag_SNS_IM_AddSource", note.source), ("Tag_SNS_IM_Remark", note.remark)] {
        if !text.is_empty() {
            fields.push(field(tag, text.into()));
        }
    }
    fields.push(field("Tag_SNS_IM_AddTime", Value::from(note.added_at)));
    fields
}
