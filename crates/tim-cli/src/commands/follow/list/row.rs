//! The rows of `tim follow list`.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::{List, ListItem, ListKind};
use tim_follow::{Endpoint as _, Error, UnreadableItem, UserId};

use super::profile::Profile;
use crate::output::row::{Cells, Row};
use crate::run::rows::{self, Reason, RowOutcome};
use crate::time;

/// An entry of a list, or a row about the list itself, which has no `to`: the list is empty, was
/// rejected, or ended early.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ListRow {
    /// The command of the service.
    command: &'static str,
    /// The owner of the list.
    from: String,
    /// Which list: `followers`, `following` or `mutual`.
    kind: String,
    /// The user on the list; null in a row about the list itself.
    to: Option<String>,
    /// Whether the outcome is `done`.
    ok: bool,
    /// The outcome of the entry or the list.
    outcome: RowOutcome,
    /// When the follow began, in Unix seconds.
    followed_at: Option<u64>,
    #[serde(flatten)]
    profile: Profile,
    /// The version of the profile.
    profile_sequence: Option<i64>,
    /// The position at which a list that ended early can continue; null at its start.
    cursor: Option<String>,
    #[serde(flatten)]
    reason: Reason,
    /// Whether a table shows `from`, because there are lists of several users.
    #[serde(skip)]
    shows_from: bool,
    #[serde(skip)]
    flatten: bool,
}

impl ListRow {
    /// A row about the list of a user.
    pub(crate) fn new(user: &UserId, kind: ListKind, flatten: bool, shows_from: bool) -> Self {
        Self {
            command: List::COMMAND,
            from: user.as_str().to_owned(),
            kind: kind.to_string(),
            to: None,
            ok: false,
            outcome: RowOutcome::Unknown,
            followed_at: None,
            profile: Profile::none(flatten),
            profile_sequence: None,
            cursor: None,
            reason: Reason::default(),
            shows_from,
            flatten,
        }
    }

    fn done(self) -> Self {
        Self { ok: true, outcome: RowOutcome::Done, ..self }
    }

    /// An entry of the list.
    pub(crate) fn entry(self, item: &ListItem) -> Self {
        Self {
            to: Some(item.user.as_str().to_owned()),
            followed_at: Some(item.followed_at),
            profile: Profile::new(item.profile.as_deref().unwrap_or_default(), self.flatten),
            profile_sequence: item.profile_sequence,
            ..self.done()
        }
    }

    /// The list has no entries.
    pub(super) fn empty(self) -> Self {
        Self { reason: Reason { info: Some("the list is empty".to_owned()), ..Reason::default() }, ..self.done() }
    }

    /// An entry that cannot be read.
    pub(super) fn unreadable(self, entry: &UnreadableItem) -> Self {
        let to = entry.target.as_ref().map(|user| user.as_str().to_owned());
        Self { to, reason: Reason::new("the entry cannot be read", Some(entry.to_string())), ..self }
    }

    /// The list was rejected or ended early, and can continue at this position.
    pub(super) fn failed(self, position: &str, error: &Error) -> Self {
        let (outcome, reason) = rows::of_error(List::SERVICE, error);
        Self {
            outcome,
            reason,
            cursor: Some(position).filter(|position| !position.is_empty()).map(str::to_owned),
            ..self
        }
    }
}

impl Row for ListRow {
    fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        if self.shows_from {
            cells.push(("from", self.from.clone()));
        }
        if let Some(to) = &self.to {
            cells.push(("to", to.clone()));
        }
        if let Some(followed_at) = self.followed_at {
            cells.push(("followed_at", time::utc(followed_at)));
            cells.extend(self.profile.cells());
            return cells;
        }
        cells.push(("outcome", self.outcome.name().to_owned()));
        let mut reason = self.reason.cells();
        if self.ok {
            reason.retain(|(name, _)| *name == "info");
        }
        cells.extend(reason);
        cells
    }
}
