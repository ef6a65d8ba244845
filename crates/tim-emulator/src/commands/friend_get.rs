//! POST v4/sns/friend_get

use serde::Deserialize;
use tim_types::friend::{FriendFields, List, ListItem, ListResponse};
use tim_types::{Effect, Endpoint, Sequence, StartIndex, UserId};

use super::handler::{Handle, Handler, Outcome};
use super::page::Page;
use super::{Context, friend_fields};
use crate::command_error::CommandError;
use crate::service::{self, Service};
use crate::world::friends::{self, FriendEntry};

/// A request. It is a type of its own because its response can lack the list.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Request(List);

impl Handle for List {
    type Handler = Request;
}

impl Handler for Request {
    const SERVICE: &'static Service = service::of(List::SERVICE);
    const NAME: &'static str = List::COMMAND;
    const EFFECT: Effect = Effect::Read;
    type Response = Page<ListResponse>;

    fn validate(&self) -> Result<(), String> {
        Endpoint::validate(&self.0).map_err(|error| error.to_string())
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.0.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Page<ListResponse>>, CommandError> {
        let page = page(&self.0, call)?;
        let is_missing = page.items.is_empty() && call.settings.quirks.empty_list_missing;
        Ok(if is_missing { Page::without_list(page) } else { Page::Full(page) }.into())
    }
}

fn page(request: &List, call: &Context<'_>) -> Result<ListResponse, CommandError> {
    call.require(&request.from)?;
    let size = friends::size(call.db, &request.from)?;
    let sequence = Sequence([size.sequence, size.custom_sequence].map(u64::cast_signed));
    let known = Known::of(request, sequence, call.settings.quirks.known_friends_end_paging);
    if known.standard && known.custom {
        return Ok(ListResponse::new(Vec::new(), sequence, size.count, None));
    }
    let StartIndex(start) = request.start;
    let page_size = call.settings.friend_page_size;
    let items = friends::page(call.db, &request.from, start, page_size)?
        .into_iter()
        .map(|(user, entry)| ListItem::new(user, known.remaining(entry)))
        .collect();
    let next = start.saturating_add(page_size);
    let next = (u64::from(next) < size.count).then_some(StartIndex(next));
    Ok(ListResponse::new(items, sequence, size.count, next))
}

/// The parts of the data that the client has already. The response does not contain them.
#[derive(Clone, Copy)]
struct Known {
    standard: bool,
    custom: bool,
}

impl Known {
    /// Compares the sequences of the request with the current ones. Some clients send the sequences
    /// of a page with the request for the next page, so only the first page is compared, unless
    /// `on_every_page` is set. A client without data sends 0, which equals the current sequence
    /// only if there was never any data.
    fn of(request: &List, Sequence([standard, custom]): Sequence, on_every_page: bool) -> Self {
        let counts = on_every_page || request.start == StartIndex::default();
        Self {
            standard: counts && request.standard_sequence == standard,
            custom: counts && request.custom_sequence == custom,
        }
    }

    /// Returns the fields of an entry that the client does not have.
    fn remaining(self, entry: FriendEntry) -> FriendFields {
        let is_known = |is_custom| if is_custom { self.custom } else { self.standard };
        friend_fields::of(entry).into_iter().filter(|field| !is_known(field.is_custom())).collect()
    }
}
