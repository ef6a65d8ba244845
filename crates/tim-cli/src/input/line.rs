//! What a line of the input contains.

use serde::Deserialize;
use tim_follow::UserId;

use super::error::FormatError;
use super::fields::Fields;

/// What a line contains, or an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineTarget {
    /// The user in `From_Account`; empty for a command without one.
    pub(crate) from: UserId,
    pub(crate) user: UserId,
    /// The columns beside users.
    pub(crate) fields: Fields,
}

/// What a line contains, as it is written.
pub(super) struct Written {
    pub(super) from: Option<String>,
    pub(super) to: String,
    pub(super) fields: Fields,
}

/// A user id in JSON. Many programs write numbers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Text(String),
    Number(u64),
}

/// Why a line has no target.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineError {
    /// Only this line is bad.
    Bad(String),
    /// The whole file cannot be used.
    File(FormatError),
}

impl From<String> for LineError {
    fn from(why: String) -> Self {
        Self::Bad(why)
    }
}

impl From<FormatError> for LineError {
    fn from(problem: FormatError) -> Self {
        Self::File(problem)
    }
}

impl Id {
    pub(super) fn into_string(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}
