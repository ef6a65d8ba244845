//! POST v4/follow/follow_get

use serde::Deserialize;
use tim_types::follow::{List, ListItem, ListKind, ListResponse};
use tim_types::{Cursor, Effect, Endpoint, UserId};

use super::Context;
use super::handler::{Handle, Handler, Outcome};
use super::page::Page;
use crate::check;
use crate::command_error::CommandError;
use crate::service::{self, Service};
use crate::world::follows::{self, ListPosition, Position};
use crate::world::profiles;

/// A request that accepts more than [`List`]. The documents mark all fields as required, but
/// published live tests of other clients omit the last two. `want` can be any number, so that its
/// error can name the field.
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

impl Request {
    fn page_size(&self, clamped: bool) -> Result<u32, String> {
        match u32::try_from(self.want) {
            Ok(want @ 1..=List::MAX_PAGE_SIZE) => Ok(want),
            _ if clamped && self.want < 1 => Ok(List::DEFAULT_PAGE_SIZE),
            _ if clamped => Ok(List::MAX_PAGE_SIZE),
            _ => Err(format!("WantNum is {}: it must be 1 to {}", self.want, List::MAX_PAGE_SIZE)),
        }
    }

    /// Returns the position of the cursor. With `any_list`, accepts a cursor of another list.
    fn position(&self, any_list: bool) -> Result<Position, String> {
        if self.start == Cursor::START {
            return Ok(Position::START);
        }
        match ListPosition::from_cursor(&self.start) {
            Some(list) if any_list || (&list.owner, list.kind) == (&self.from, self.kind) => Ok(list.position),
            Some(list) => Err(format!(
                "StartCursor belongs to the list with From_Account \"{}\" and FollowType {}: send \"\" for the first \
                 page of this list, or the NextCursor of its previous page",
                list.owner, list.kind.0
            )),
            None => {
                Err("StartCursor is malformed: send \"\" for the first page, or the NextCursor of the previous page"
                    .to_owned())
            }
        }
    }
}

impl Handle for List {
    type Handler = Request;
}

impl Handler for Request {
    const SERVICE: &'static Service = service::of(List::SERVICE);
    const NAME: &'static str = List::COMMAND;
    const EFFECT: Effect = Effect::Read;
    type Response = Page<ListResponse>;

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

    fn run(self, call: &Context<'_>) -> Result<Outcome<Page<ListResponse>>, CommandError> {
        let quirks = call.settings.quirks;
        let size = self.page_size(quirks.want_num_clamped).map_err(|info| call.bad_parameter(info))?;
        let start = self.position(quirks.cursor_of_any_list_accepted).map_err(|info| call.bad_parameter(info))?;
        call.require(&self.from)?;
        // Reads one follow more than requested, to know whether there is a next page.
        let mut page = follows::page(call.db, &self.from, self.kind, start, size + 1)?;
        let full = if quirks.full_page_continues { size } else { size + 1 };
        let more = page.len() >= full as usize;
        page.truncate(size as usize);
        let cursor = |position: Position| position.to_cursor(&self.from, self.kind);
        let next = page.last().filter(|_| more).map_or(Cursor::START, |(_, position)| cursor(*position));
        let is_missing = page.is_empty() && quirks.empty_list_missing;
        let items = page.into_iter().map(|(user, position)| item(call, user, position)).collect::<Result<_, _>>()?;
        let response = ListResponse::new(items, next);
        Ok(if is_missing { Page::without_list(response) } else { Page::Full(response) }.into())
    }
}

fn item(call: &Context<'_>, user: UserId, position: Position) -> Result<ListItem, CommandError> {
    let profile = profiles::get(call.db, &user)?;
    let item = ListItem::new(user, position.followed_at.unsigned_abs());
    Ok(match profile {
        Some((fields, sequence)) => item.with_profile(fields, sequence),
        None => item,
    })
}
