//! Reads an earlier output and selects the targets that failed, for `--retry-failed`.

use serde::Deserialize;
use tim_follow::{Endpoint, ErrorCode, Printable};

use super::error::FormatError;
use super::fields::Fields;
use super::line::{Id, LineError, Written};

/// The command whose earlier output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    command: &'static str,
    service: &'static str,
    unit: Unit,
}

/// What a row of the output is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// The user in `to`.
    Target,
    /// A whole list: that of the user in `from`. Its rows with a `to` are entries of the list.
    List,
}

/// What matters of a row.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OutputRow {
    pub(super) command: Option<String>,
    pub(super) from: Option<Id>,
    #[serde(alias = "user")]
    pub(super) to: Option<Id>,
    pub(super) ok: Option<bool>,
    pub(super) outcome: Option<String>,
    pub(super) code: Option<i64>,
}

impl Retry {
    /// The output of a command that has one row per target.
    pub(crate) fn targets_of<E: Endpoint>() -> Self {
        Self { command: E::COMMAND, service: E::SERVICE, unit: Unit::Target }
    }

    /// The output of a command that lists something of each user.
    pub(crate) fn lists_of<E: Endpoint>() -> Self {
        Self { unit: Unit::List, ..Self::targets_of::<E>() }
    }

    /// The target of a row, if the row says that it should be sent again.
    pub(super) fn target(&self, row: OutputRow, fields: Fields) -> Result<Option<Written>, LineError> {
        if let Some(found) = row.command.as_ref().filter(|command| *command != self.command) {
            return Err(FormatError::OtherCommand { found: found.clone(), wanted: self.command }.into());
        }
        let ok = row.ok.ok_or_else(|| LineError::Bad("`ok` is missing".to_owned()))?;
        if ok || !self.is_transient(row.outcome.as_deref(), row.code)? {
            return Ok(None);
        }
        let missing = |name: &str| LineError::Bad(format!("`{name}` is missing"));
        let from = row.from.map(Id::into_string).filter(|from| !from.is_empty());
        let to = row.to.map(Id::into_string).filter(|to| !to.is_empty());
        match self.unit {
            Unit::Target => Ok(Some(Written { from, to: to.ok_or_else(|| missing("to"))?, fields })),
            Unit::List if to.is_some() => Ok(None),
            Unit::List => {
                let user = from.ok_or_else(|| missing("from"))?;
                Ok(Some(Written { from: Some(user.clone()), to: user, fields }))
            }
        }
    }

    /// Whether a target with this outcome can succeed later.
    fn is_transient(&self, outcome: Option<&str>, code: Option<i64>) -> Result<bool, LineError> {
        let retryable = |code: i64| ErrorCode(code).retryable(self.service);
        match outcome.filter(|outcome| !outcome.is_empty()) {
            Some("not_attempted" | "unknown") => Ok(true),
            // Without a code, the reason is unknown. multiaccount_import never sends one.
            Some("rejected") => Ok(code.is_none_or(retryable)),
            // A row about a list that failed. Without a code, the call had no response.
            None => Ok(code.is_none_or(retryable)),
            Some(other) => Err(LineError::Bad(format!("the outcome {:?} is unknown", Printable(other)))),
        }
    }
}
