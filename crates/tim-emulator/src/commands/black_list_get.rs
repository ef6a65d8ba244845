//! POST v4/sns/black_list_get

use tim_types::block::{List, ListItem, ListResponse};
use tim_types::{StartIndex, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::world::blocks;

impl CatalogHandler for List {
    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<ListResponse>, CommandError> {
        call.require(&self.from)?;
        let (count, sequence) = blocks::size(call.db, &self.from)?;
        let sequence = sequence.cast_signed();
        if self.last_sequence > 0 && self.last_sequence == sequence {
            return Ok(ListResponse::new(Vec::new(), None, sequence).into());
        }
        let page = blocks::page(call.db, &self.from, self.start.0, self.page_size)?;
        let end = self.start.0.saturating_add(self.page_size);
        let next = (u64::from(end) < count).then_some(StartIndex(end));
        let items = page.into_iter().map(|(user, blocked_at)| ListItem::new(user, blocked_at.unsigned_abs())).collect();
        Ok(ListResponse::new(items, next, sequence).into())
    }
}
