//! The parts that rows of several commands share.

use std::time::Duration;

use indicatif::HumanDuration;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::{Batch, BatchItem, Error, ErrorCode, ErrorKind, Outcome, Rejection, UserId};

use crate::output::row::{Cells, Row, or_dash};

/// The part about `--json` in the help of commands with targets.
pub(crate) const JSON_HELP: &str = "\
With --json, each target is one JSON object in a line on standard output:
  {\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"bob\",\"ok\":true,\"outcome\":\"done\",\"relation\":\"mutual\",...}
`outcome` is done, rejected, not_attempted (never sent) or unknown (sent, but no result was received). `code`, `meaning` and
`info` are the reason. `tim schema` lists the commands with a JSON Schema, and `tim schema follow check` describes each key.";

/// The part of a row that only one command has. It is the default if the target was not done.
pub(crate) trait Details: Default + Serialize + JsonSchema {
    /// The columns that a table shows; none if the target was not done.
    fn cells(&self) -> Cells;
}

/// The outcome of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowOutcome {
    /// The service accepted the target.
    Done,
    /// The service rejected the target, or the call with it.
    Rejected,
    /// No request with the target was sent.
    NotAttempted,
    /// A request was sent, but no result was received.
    #[default]
    Unknown,
}

impl RowOutcome {
    /// The word in rows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::NotAttempted => "not_attempted",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a target was not done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Reason {
    /// The error code of the service; null if it sent none.
    pub(crate) code: Option<i64>,
    /// The meaning of the code, or what happened; null for an undocumented code, and if the target
    /// was done.
    pub(crate) meaning: Option<String>,
    /// The text of the service, or details of what happened.
    pub(crate) info: Option<String>,
}

impl Reason {
    /// A reason without a code.
    pub(crate) fn new(meaning: &str, info: Option<String>) -> Self {
        Self { code: None, meaning: Some(meaning.to_owned()), info }
    }

    fn rejection(service: &str, Rejection { code, info }: &Rejection) -> Self {
        match *code {
            ErrorCode::OK => Self::new("failed without a code", Some(info.to_string())),
            code => Self {
                code: Some(code.0),
                meaning: code.meaning(service).map(str::to_owned),
                info: Some(info.to_string()),
            },
        }
    }

    /// The columns that a table shows.
    pub(crate) fn cells(&self) -> Cells {
        let info = self.info.as_ref().filter(|info| !info.is_empty());
        let mut cells = vec![("code", or_dash(self.code)), ("meaning", or_dash(self.meaning.as_ref()))];
        cells.extend(info.map(|info| ("info", info.clone())));
        cells
    }
}

/// The outcome of a call that failed as a whole, and why.
pub(crate) fn of_error(service: &str, error: &Error) -> (RowOutcome, Reason) {
    match error.kind() {
        ErrorKind::Api { code, info, .. } => {
            let rejection = Rejection { code: *code, info: info.as_str().into() };
            (RowOutcome::Rejected, Reason::rejection(service, &rejection))
        }
        _ if !error.may_have_reached_service() => (RowOutcome::NotAttempted, not_attempted(error)),
        _ => (RowOutcome::Unknown, unknown(Some(error))),
    }
}

fn not_attempted(error: &Error) -> Reason {
    Reason::new("not attempted", Some(error.to_string()))
}

fn unknown(error: Option<&Error>) -> Reason {
    match error.map(|error| (error, error.kind())) {
        None => Reason::new("missing from the response: outcome unknown", None),
        Some((error, ErrorKind::Http { .. } | ErrorKind::Decode { .. } | ErrorKind::Unreadable(_))) => {
            Reason::new("unexpected response: outcome unknown", Some(error.to_string()))
        }
        Some((error, _)) => Reason::new("no response: outcome unknown", Some(error.to_string())),
    }
}

/// The outcome of a target: the row of all commands with targets.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct TargetRow<D> {
    /// The command of the service.
    pub(crate) command: &'static str,
    /// The user in `From_Account`.
    pub(crate) from: String,
    /// The target.
    pub(crate) to: String,
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

impl<D: Details> TargetRow<D> {
    /// The row of a target of `E`, with the details that `show` makes of a result.
    pub(crate) fn new<E: Batch>(
        from: &UserId,
        to: &UserId,
        outcome: &Outcome<E::Outcome>,
        show: impl Fn(&E::Outcome) -> D,
    ) -> Self {
        let (word, reason) = match outcome {
            Outcome::Done(_) => (RowOutcome::Done, Reason::default()),
            Outcome::Rejected(rejection) => (RowOutcome::Rejected, Reason::rejection(E::SERVICE, rejection)),
            Outcome::NotAttempted { reason } => (RowOutcome::NotAttempted, not_attempted(reason)),
            Outcome::Unknown { reason } => (RowOutcome::Unknown, unknown(reason.as_deref())),
            other => (RowOutcome::Unknown, Reason::new("outcome unknown", Some(other.to_string()))),
        };
        Self {
            command: E::COMMAND,
            from: from.as_str().to_owned(),
            to: to.as_str().to_owned(),
            ok: word == RowOutcome::Done,
            outcome: word,
            details: outcome.done().map(show).unwrap_or_default(),
            reason,
            shows_from: false,
        }
    }

    /// The row of an item of a batch.
    pub(crate) fn of_item<E: Batch<From = UserId, Target = UserId>>(
        item: &BatchItem<E>,
        show: impl Fn(&E::Outcome) -> D,
    ) -> Self {
        Self::new::<E>(&item.from, &item.target, &item.outcome, show)
    }
}

impl<D: Details> Row for TargetRow<D> {
    fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        if self.shows_from {
            cells.push(("from", self.from.clone()));
        }
        cells.push(("to", self.to.clone()));
        cells.push(("outcome", self.outcome.name().to_owned()));
        cells.extend(self.details.cells());
        if !self.ok {
            cells.extend(self.reason.cells());
        }
        cells
    }
}

/// The details of commands whose targets are done or not, and nothing more.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct NoDetails {}

impl NoDetails {
    /// From the result of such a command.
    pub(crate) fn new((): &()) -> Self {
        Self {}
    }
}

impl Details for NoDetails {
    fn cells(&self) -> Cells {
        Cells::new()
    }
}

/// What a command would send: the row of `--dry-run`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DryRun {
    /// The command of the service.
    pub(crate) command: &'static str,
    /// The user in `From_Account`; null if each target has its own.
    pub(crate) from: Option<String>,
    /// The number of targets.
    pub(crate) targets: u64,
    /// The number of invalid lines of the input.
    pub(crate) bad_lines: u64,
    /// The number of calls.
    pub(crate) calls: u64,
    /// The limit on calls per second; null without a limit.
    pub(crate) calls_per_second: Option<u32>,
    /// The duration at this limit; null without a limit.
    pub(crate) seconds: Option<u64>,
}

impl Row for DryRun {
    fn cells(&self) -> Cells {
        vec![
            ("command", self.command.to_owned()),
            ("from", self.from.clone().unwrap_or_else(|| "each pair".to_owned())),
            ("targets", self.targets.to_string()),
            ("bad_lines", self.bad_lines.to_string()),
            ("calls", self.calls.to_string()),
            ("calls_per_second", or_dash(self.calls_per_second)),
            ("duration", or_dash(self.seconds.map(|seconds| HumanDuration(Duration::from_secs(seconds))))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use tim_follow::follow::Add;

    use super::*;

    fn row(outcome: &Outcome<()>) -> TargetRow<NoDetails> {
        TargetRow::new::<Add>(&"alice".into(), &"bob".into(), outcome, NoDetails::new)
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
