//! POST v4/follow/follow_get

use serde::{Deserialize, Serialize};
use tim_types::follow::{List, ListItem, ListKind, ListResponse};
use tim_types::{Cursor, Effect, Endpoint, UserId};

use super::Context;
use super::handler::{Handle, Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{self, Service};
use crate::world::follows::{self, Position};
use crate::world::profiles;

/// More lenient than [`List`]: the documents call all fields required, yet other people's live tests leave the last two
/// out, and a number that fits no page is to be refused by its name.
#[derive(Deserialize)]
pub(crate) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "FollowType")]
    kind: ListKind,
    #[serde(rename = "StartCursor", default)]
    start: Cursor,
    #[serde(rename = "WantNum", default = "default_want")]
    want: i64,
}

fn default_want() -> i64 {
    List::DEFAULT_PAGE_SIZE.into()
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    List(ListResponse),
    /// An empty list that is left out.
    Missing {
        #[serde(rename = "NextCursor")]
        next: Cursor,
    },
}

impl Request {
    fn page_size(&self, clamped: bool) -> Result<u32, String> {
        match u32::try_from(self.want) {
            Ok(want @ 1..=List::MAX_PAGE_SIZE) => Ok(want),
            _ if clamped && self.want < 1 => Ok(List::DEFAULT_PAGE_SIZE),
            _ if clamped => Ok(List::MAX_PAGE_SIZE),
            _ => Err(format!("WantNum is {}: it must be 1 to {}", self.want, List::MAX_PAGE_SIZE)),
        }
    }

    fn position(&self) -> Result<Position, String> {
        Position::from_cursor(&self.start)
            .ok_or_else(|| "StartCursor is no cursor: send \"\" or the NextCursor of the page before".to_owned())
    }
}

impl Handle for List {
    type Handler = Request;
}

impl Handler for Request {
    const SERVICE: &'static Service = service::of(List::SERVICE);
    const NAME: &'static str = List::COMMAND;
    const EFFECT: Effect = Effect::Read;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        if follows::is_list(self.kind) {
            return Ok(());
        }
        Err(format!("FollowType is {}: it must be 1 (followers), 2 (following) or 3 (mutual)", self.kind.0))
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        let quirks = call.settings.quirks;
        let size = self.page_size(quirks.want_num_clamped).map_err(|info| call.bad_parameter(info))?;
        let start = self.position().map_err(|info| call.bad_parameter(info))?;
        call.require(&self.from)?;
        // One more than asked for: it tells whether there is a next page.
        let mut page = follows::page(call.db, &self.from, self.kind, start, size + 1)?;
        let full = if quirks.full_page_continues { size } else { size + 1 };
        let more = page.len() >= full as usize;
        page.truncate(size as usize);
        let next = page.last().filter(|_| more).map_or(Cursor::START, |(_, place)| place.to_cursor());
        if page.is_empty() && quirks.empty_list_missing {
            return Ok(Response::Missing { next }.into());
        }
        let items = page.into_iter().map(|(user, place)| item(call, user, place)).collect::<Result<_, _>>()?;
        Ok(Response::List(ListResponse::new(items, next)).into())
    }
}

fn item(call: &Context<'_>, user: UserId, place: Position) -> Result<ListItem, CommandError> {
    let profile = profiles::get(call.db, &user)?;
    let item = ListItem::new(user, place.followed_at.unsigned_abs());
    Ok(match profile {
        Some((fields, sequence)) => item.with_profile(fields, sequence),
        None => item,
    })
}
