//! The row of a target.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::{Batch, BatchItem, Endpoint, FromAccount, Outcome, Target as _, UserId};

use super::{Part, Reason, RowOutcome, outcome_and_reason};
use crate::output::escape;
use crate::output::row::{Cells, Row};

/// The part of a row that only one command has. It is the default in the header of an output.
pub(crate) trait Details: Clone + Default + Serialize + JsonSchema {
    /// The columns that a table shows; those of a result only if the target was done.
    fn cells(&self) -> Cells;

    /// In which way the target was done, for example `pending`, if there are several ways. The
    /// summary counts these words.
    fn result(&self) -> Option<&str> {
        None
    }

    /// Set if the row is about a part of a target that has an outcome of its own.
    fn part(&self) -> Option<&Part> {
        None
    }
}

/// The users in a row, which depend on whether a command has a `From_Account`.
pub(crate) trait Users: FromAccount {
    type InRow: UsersInRow;

    /// The users in a row.
    fn in_row(&self, user: &UserId) -> Self::InRow;
}

/// The part of a row that names users.
pub(crate) trait UsersInRow: Default + Serialize + JsonSchema {
    /// The columns that a table shows. `shows_from` is true if `from` differs between targets.
    fn cells(&self, shows_from: bool) -> Cells;
}

/// The users of a target of another user.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct FromTo {
    /// The user in `From_Account`.
    pub(crate) from: String,
    /// The target.
    pub(crate) to: String,
}

/// The user of a command without `From_Account`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct OnlyUser {
    /// The user.
    user: String,
}

impl Users for UserId {
    type InRow = FromTo;

    fn in_row(&self, user: &UserId) -> FromTo {
        FromTo { from: self.as_str().to_owned(), to: user.as_str().to_owned() }
    }
}

impl Users for () {
    type InRow = OnlyUser;

    fn in_row(&self, user: &UserId) -> OnlyUser {
        OnlyUser { user: user.as_str().to_owned() }
    }
}

impl UsersInRow for FromTo {
    fn cells(&self, shows_from: bool) -> Cells {
        let from = shows_from.then(|| ("from", self.from.clone()));
        from.into_iter().chain([("to", self.to.clone())]).collect()
    }
}

impl UsersInRow for OnlyUser {
    fn cells(&self, _: bool) -> Cells {
        vec![("user", self.user.clone())]
    }
}

/// The outcome of a target: the row of all commands with targets.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct TargetRow<D, U = FromTo> {
    /// The command of the service.
    pub(crate) command: &'static str,
    #[serde(flatten)]
    pub(crate) users: U,
    /// Whether the outcome is `done`.
    pub(crate) ok: bool,
    /// The outcome of the target.
    pub(crate) outcome: RowOutcome,
    #[serde(flatten)]
    pub(crate) details: D,
    #[serde(flatten)]
    pub(crate) reason: Reason,
    /// Whether a table shows `from`, because it differs between targets.
    #[serde(skip)]
    pub(crate) shows_from: bool,
}

impl<D: Details, U: UsersInRow> TargetRow<D, U> {
    /// The row of an item of a batch.
    pub(crate) fn of_item<E: Batch<From: Users<InRow = U>>>(item: &BatchItem<E>, details: D) -> Self {
        Self::new::<E, _>(&item.from, item.target.user(), &item.outcome, details)
    }

    /// The row of a target of the command `E`.
    pub(crate) fn new<E: Endpoint, T>(
        from: &impl Users<InRow = U>,
        user: &UserId,
        outcome: &Outcome<T>,
        details: D,
    ) -> Self {
        let part = details.part().map(|part| (part.outcome, part.reason.clone()));
        let (word, reason) = part.unwrap_or_else(|| outcome_and_reason(E::SERVICE, outcome));
        Self {
            command: E::COMMAND,
            users: from.in_row(user),
            ok: word == RowOutcome::Done,
            outcome: word,
            details,
            reason,
            shows_from: false,
        }
    }
}

impl<D: Details, U: UsersInRow> Row for TargetRow<D, U> {
    fn cells(&self) -> Cells {
        let mut cells = self.users.cells(self.shows_from);
        cells.push(("outcome", self.outcome.name().to_owned()));
        cells.extend(self.details.cells());
        if !self.ok {
            cells.extend(self.reason.cells());
        }
        cells
    }
}

/// The row of an item as a line of NDJSON, without its end. It has no details.
pub fn pair_row<E: Batch<From = UserId>>(item: &BatchItem<E>) -> io::Result<String> {
    let row = TargetRow::of_item(item, NoDetails {});
    Ok(escape::json(&serde_json::to_string(&row)?).into_owned())
}

/// The details of commands whose targets are done or not, and nothing more.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct NoDetails {}

impl Details for NoDetails {
    fn cells(&self) -> Cells {
        Cells::new()
    }
}

impl NoDetails {
    /// From the result of such a command.
    pub(crate) fn new((): &()) -> Self {
        Self {}
    }
}

/// The details of commands whose targets can be done in several ways, and nothing more.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct ResultWord {
    /// In which way the target was done, for example `deleted` or `not_friends`; null if it was not
    /// done.
    result: Option<String>,
}

impl ResultWord {
    /// From the outcome of such a command.
    pub(crate) fn new(outcome: &impl Serialize) -> Self {
        Self { result: word(outcome) }
    }
}

impl Details for ResultWord {
    fn cells(&self) -> Cells {
        self.result.iter().map(|result| ("result", result.clone())).collect()
    }

    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
}

/// The word of an outcome that is one of several, for the key `result`.
pub(crate) fn word(outcome: &impl Serialize) -> Option<String> {
    serde_json::to_value(outcome).ok()?.as_str().map(str::to_owned)
}

/// One row for each item, with details that `show` makes of its result.
pub(crate) fn of_outcome<E: Batch, D: Details>(show: impl Fn(&E::Outcome) -> D) -> impl Fn(&BatchItem<E>) -> Vec<D> {
    move |item| vec![item.outcome.done().map(&show).unwrap_or_default()]
}

/// One row for each item, with details that `show` makes of its target and of its result, if it has
/// one.
pub(crate) fn of_target<E: Batch, D: Details>(
    show: impl Fn(&E::Target, Option<&E::Outcome>) -> D,
) -> impl Fn(&BatchItem<E>) -> Vec<D> {
    move |item| vec![show(&item.target, item.outcome.done())]
}

#[cfg(test)]
mod tests {
    use tim_follow::account::{Delete, DeleteOutcome};
    use tim_follow::follow::Add;
    use tim_follow::{ErrorCode, Rejection, friend};

    use super::*;

    fn row(outcome: &Outcome<()>) -> TargetRow<NoDetails> {
        TargetRow::new::<Add, _>(&UserId::from("alice"), &"bob".into(), outcome, NoDetails {})
    }

    #[test]
    fn the_word_of_an_outcome_is_that_of_the_sdk() {
        assert_eq!(word(&friend::DeleteOutcome::NotFriends).as_deref(), Some("not_friends"));
        assert_eq!(ResultWord::new(&friend::DeleteOutcome::Deleted).cells(), [("result", "deleted".to_owned())]);
    }

    #[test]
    fn a_row_of_a_command_without_a_from_has_a_user() {
        let outcome = Outcome::Done(DeleteOutcome::Deleted);
        let row = TargetRow::new::<Delete, _>(&(), &"bob".into(), &outcome, NoDetails {});
        let start = r#"{"command":"account_delete","user":"bob","ok":true,"outcome":"done","#;
        assert!(serde_json::to_string(&row).unwrap().starts_with(start));
        assert_eq!(row.cells(), [("user", "bob".to_owned()), ("outcome", "done".to_owned())]);
    }

    #[test]
    fn each_outcome_has_a_row_with_the_same_keys() {
        let rejected =
            |code, info: &str| row(&Outcome::Rejected(Rejection { code: ErrorCode(code), info: info.into() }));
        let json = |row: &TargetRow<_>| serde_json::to_string(row).unwrap();
        assert_eq!(
            json(&row(&Outcome::Done(()))),
            r#"{"command":"follow_add","from":"alice","to":"bob","ok":true,"outcome":"done","code":null,"meaning":null,"info":null}"#
        );
        assert_eq!(
            json(&rejected(7_000_000, "Err_X")),
            r#"{"command":"follow_add","from":"alice","to":"bob","ok":false,"outcome":"rejected","code":7000000,"meaning":null,"info":"Err_X"}"#
        );
        assert_eq!(rejected(0, "Err_X").reason.meaning.as_deref(), Some("failed without a code"));
        let missing = row(&Outcome::Unknown { reason: None });
        assert_eq!((missing.ok, missing.outcome), (false, RowOutcome::Unknown));
        assert_eq!(missing.reason.meaning.as_deref(), Some("missing from the response: outcome unknown"));
    }

    #[test]
    fn a_table_shows_a_reason_only_for_what_was_not_done() {
        assert_eq!(row(&Outcome::Done(())).cells(), [("to", "bob".to_owned()), ("outcome", "done".to_owned())]);
        let rejected = row(&Outcome::Rejected(Rejection { code: ErrorCode(30003), info: "".into() }));
        let names: Vec<_> = rejected.cells().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["to", "outcome", "code", "meaning"]);
    }
}
