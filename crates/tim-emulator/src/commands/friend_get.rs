//! POST v4/sns/friend_get

use tim_types::friend::{FriendFields, List, ListItem, ListResponse};
use tim_types::{Sequence, StartIndex, UserId};

use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_fields};
use crate::command_error::CommandError;
use crate::world::friends::{self, FriendEntry};

impl CatalogHandler for List {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<ListResponse>, CommandError> {
        call.require(&self.from)?;
        let size = friends::size(call.db, &self.from)?;
        let sequence = Sequence([size.sequence, size.custom_sequence].map(u64::cast_signed));
        let known = Known::of(&self, sequence, call.settings.quirks.known_friends_end_paging);
        if known.standard && known.custom {
            return Ok(ListResponse::new(Vec::new(), sequence, size.count, None).into());
        }
        let StartIndex(start) = self.start;
        let page_size = call.settings.friend_page_size;
        let items = friends::page(call.db, &self.from, start, page_size)?
            .into_iter()
            .map(|(user, entry)| ListItem::new(user, known.remaining(entry)))
            .collect();
        let next = start.saturating_add(page_size);
        let next = (u64::from(next) < size.count).then_some(StartIndex(next));
        Ok(ListResponse::new(items, sequence, size.count, next).into())
    }
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
