//! The rows of `tim follow sync`.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::{Add, Delete, List};
use tim_follow::{Batch, BatchItem, Endpoint as _, Error, UserId};

use crate::output::row::{Cells, Row, or_dash};
use crate::run::rows::{FromTo, NoDetails, Reason, RowOutcome, TargetRow, of_error};

/// A change to the follows of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Follow,
    Unfollow,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Unfollow => "unfollow",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Follow => Add::COMMAND,
            Self::Unfollow => Delete::COMMAND,
        }
    }
}

/// A change that was made or tried, or a user whose follows could not be changed at all.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct ChangeRow {
    /// The command of the service.
    command: &'static str,
    /// The user whose follows change.
    from: String,
    /// The user who is followed or unfollowed; null if the row is about all follows of `from`.
    to: Option<String>,
    /// The change to the follows of `from`; null if the row is about all of them.
    change: Option<Change>,
    /// Whether the outcome is `done`.
    ok: bool,
    /// What became of the change.
    outcome: RowOutcome,
    #[serde(flatten)]
    reason: Reason,
    #[serde(skip)]
    shows_from: bool,
}

/// A change that would be made, with `--plan`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct PlannedRow {
    /// The command of the service that makes the change.
    command: &'static str,
    /// The user whose follows change.
    from: String,
    /// The user who would be followed or unfollowed; null if the follows of `from` cannot be
    /// compared.
    to: Option<String>,
    /// The change to the follows of `from`; null if they cannot be compared.
    change: Option<Change>,
    #[serde(flatten)]
    reason: Reason,
    #[serde(skip)]
    shows_from: bool,
}

/// A row of `tim follow sync`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum SyncRow {
    Planned(PlannedRow),
    Change(ChangeRow),
}

/// How rows are made: for a plan or for changes, of one user or of several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub(super) plan: bool,
    pub(super) shows_from: bool,
}

impl Rows {
    /// A row with all columns, for the header of CSV.
    pub(super) fn header(self) -> SyncRow {
        self.about("", RowOutcome::Unknown, Reason::default())
    }

    /// A change that would be made.
    pub(super) fn planned(self, from: &UserId, to: &UserId, change: Change) -> SyncRow {
        let (from, to) = (from.as_str().to_owned(), Some(to.as_str().to_owned()));
        let (command, change, shows_from) = (change.command(), Some(change), self.shows_from);
        SyncRow::Planned(PlannedRow { command, from, to, change, shows_from, ..PlannedRow::default() })
    }

    /// A change that was made or tried.
    pub(super) fn changed<E>(self, item: &BatchItem<E>, change: Change) -> SyncRow
    where
        E: Batch<From = UserId, Target = UserId, Outcome = ()>,
    {
        let TargetRow { command, users: FromTo { from, to }, ok, outcome, reason, .. } =
            TargetRow::of_item(item, NoDetails {});
        let (to, change, shows_from) = (Some(to), Some(change), self.shows_from);
        SyncRow::Change(ChangeRow { command, from, to, change, ok, outcome, reason, shows_from })
    }

    /// The list of the follows of a user could not be read.
    pub(super) fn failed(self, from: &UserId, error: &Error) -> SyncRow {
        let (outcome, reason) = of_error(List::SERVICE, error);
        self.about(from.as_str(), outcome, reason)
    }

    /// Nothing was changed for a user.
    pub(super) fn left(self, from: &UserId, why: String) -> SyncRow {
        self.about(from.as_str(), RowOutcome::NotAttempted, Reason::new("too many deletes", Some(why)))
    }

    fn about(self, from: &str, outcome: RowOutcome, reason: Reason) -> SyncRow {
        let (command, from, shows_from) = (List::COMMAND, from.to_owned(), self.shows_from);
        if self.plan {
            SyncRow::Planned(PlannedRow { command, from, reason, shows_from, ..PlannedRow::default() })
        } else {
            SyncRow::Change(ChangeRow { command, from, outcome, reason, shows_from, ..ChangeRow::default() })
        }
    }
}

impl Row for SyncRow {
    fn cells(&self) -> Cells {
        let (shows_from, from, to, change, reason, outcome) = match self {
            Self::Planned(row) => (row.shows_from, &row.from, &row.to, row.change, &row.reason, None),
            Self::Change(row) => (row.shows_from, &row.from, &row.to, row.change, &row.reason, Some(row.outcome)),
        };
        let mut cells = Cells::new();
        if shows_from {
            cells.push(("from", from.clone()));
        }
        cells.push(("to", or_dash(to.as_ref())));
        cells.push(("change", or_dash(change.map(Change::name))));
        cells.extend(outcome.map(|outcome| ("outcome", outcome.name().to_owned())));
        if reason != &Reason::default() {
            cells.extend(reason.cells());
        }
        cells
    }
}
