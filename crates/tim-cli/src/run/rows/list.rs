//! The row of an entry of a list.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::{Endpoint, Error, UnreadableItem, UserId};

use super::{Details, Reason, RowOutcome, of_error};
use crate::output::row::{Cells, Row};

/// An entry of a list, or a row about the list itself, which has no `to`: the list is empty, was
/// rejected, or ended early. `K` says which of several lists of a user it is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ListRow<D, K = OnlyList> {
    /// The command of the service.
    command: &'static str,
    /// The owner of the list.
    from: String,
    #[serde(flatten)]
    kind: K,
    /// The user on the list; null in a row about the list itself.
    to: Option<String>,
    /// Whether the outcome is `done`.
    ok: bool,
    /// The outcome of the entry or the list.
    outcome: RowOutcome,
    #[serde(flatten)]
    details: D,
    /// The position at which a list that ended early can continue; null at its start.
    cursor: Option<String>,
    #[serde(flatten)]
    reason: Reason,
    #[serde(skip)]
    service: &'static str,
    /// Whether a table shows `from`, because there are lists of several users.
    #[serde(skip)]
    pub(crate) shows_from: bool,
}

/// A user has only one list of this kind.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct OnlyList {}

impl<D, K> ListRow<D, K> {
    /// A row about the list of a user, which the command `E` reads. `details` are those of a row
    /// without an entry.
    pub(crate) fn new<E: Endpoint>(user: &UserId, kind: K, details: D) -> Self {
        Self {
            command: E::COMMAND,
            from: user.as_str().to_owned(),
            kind,
            to: None,
            ok: false,
            outcome: RowOutcome::Unknown,
            details,
            cursor: None,
            reason: Reason::default(),
            service: E::SERVICE,
            shows_from: false,
        }
    }

    fn done(self) -> Self {
        Self { ok: true, outcome: RowOutcome::Done, ..self }
    }

    /// An entry of the list.
    pub(crate) fn entry(self, user: &UserId, details: D) -> Self {
        Self { to: Some(user.as_str().to_owned()), details, ..self.done() }
    }

    /// The list has no entries.
    pub(crate) fn empty(self) -> Self {
        Self { reason: Reason { info: Some("the list is empty".to_owned()), ..Reason::default() }, ..self.done() }
    }

    /// An entry that cannot be read.
    pub(crate) fn unreadable(self, entry: &UnreadableItem) -> Self {
        let to = entry.target.as_ref().map(|user| user.as_str().to_owned());
        Self { to, reason: Reason::new("the entry cannot be read", Some(entry.to_string())), ..self }
    }

    /// The list was rejected or ended early, and can continue at this position.
    pub(crate) fn failed(self, position: &str, error: &Error) -> Self {
        let (outcome, reason) = of_error(self.service, error);
        Self {
            outcome,
            reason,
            cursor: Some(position).filter(|position| !position.is_empty()).map(str::to_owned),
            ..self
        }
    }
}

impl<D: Details, K: Serialize + JsonSchema> Row for ListRow<D, K> {
    fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        if self.shows_from {
            cells.push(("from", self.from.clone()));
        }
        if let Some(to) = &self.to {
            cells.push(("to", to.clone()));
        }
        if self.ok && self.to.is_some() {
            cells.extend(self.details.cells());
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
