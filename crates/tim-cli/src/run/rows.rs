//! The parts that rows of several commands share.

mod dry_run;
mod list;
mod part;
mod profile;
mod target;

pub(crate) use self::dry_run::DryRun;
pub(crate) use self::list::{ListRow, OnlyList};
pub(crate) use self::part::Part;
pub(crate) use self::profile::ProfileFields;
pub use self::target::pair_row;
pub(crate) use self::target::{
    Details, FromTo, NoDetails, OnlyUser, ResultWord, TargetRow, Users, of_outcome, of_target, word,
};

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::{Error, ErrorCode, ErrorKind, Outcome, Rejection};

use crate::output::row::{Cells, or_dash};

/// The part about `--json` in the help of commands with targets.
pub(crate) const JSON_HELP: &str = "\
With --json, each target is one JSON object in a line on standard output:
  {\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"bob\",\"ok\":true,\"outcome\":\"done\",\"relation\":\"mutual\",...}
`outcome` is done, rejected, not_attempted (never sent) or unknown (sent, but no result was received). `code`, `meaning`
and `info` are the reason. `tim schema` lists the commands with a JSON Schema, and `tim schema follow check` describes
each key.";

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
        Some((
            error,
            ErrorKind::Http { .. }
            | ErrorKind::Decode { .. }
            | ErrorKind::Unreadable(_)
            | ErrorKind::ContradictingItems
            | ErrorKind::MissingItem
            | ErrorKind::IncompletePage(_)
            | ErrorKind::CursorStuck
            | ErrorKind::ListChanged,
        )) => Reason::new("unexpected response: outcome unknown", Some(error.to_string())),
        Some((error, _)) => Reason::new("no response: outcome unknown", Some(error.to_string())),
    }
}

/// The outcome of a target of `service`, and why it was not done.
fn outcome_and_reason<T>(service: &str, outcome: &Outcome<T>) -> (RowOutcome, Reason) {
    match outcome {
        Outcome::Done(_) => (RowOutcome::Done, Reason::default()),
        Outcome::Rejected(rejection) => (RowOutcome::Rejected, Reason::rejection(service, rejection)),
        Outcome::NotAttempted { reason } => (RowOutcome::NotAttempted, not_attempted(reason)),
        Outcome::Unknown { reason } => (RowOutcome::Unknown, unknown(reason.as_deref())),
        other => (RowOutcome::Unknown, Reason::new("outcome unknown", Some(other.to_string()))),
    }
}
